import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAPIBackend } from 'openapi-backend';
import { type Correction, createDescriptionCheck, type Description, type DescriptionCheck, descriptionFolder } from '../../simulators/http/description.ts';

const FILE = 'redmine.openapi-6.1.3.yaml';

const CORRECTIONS: Correction[] = [
  {
    reason: 'every address ends in the format that is wanted, which is json here: requests are looked up without it',
    apply(description) {
      description.paths = Object.fromEntries(
        Object.entries<Description>(description.paths).map(([path, operations]) => {
          for (const operation of [operations, ...Object.values<Description>(operations)])
            if (Array.isArray(operation?.parameters))
              operation.parameters = operation.parameters.filter((each: Description) => resolved(description, each).name !== 'format');
          return [path.replace('.{format}', ''), operations];
        }),
      );
    },
  },
  {
    reason: 'a project is named by its number or by its identifier; a number fits both shapes, of which exactly one is asked for',
    apply: (description) =>
      everywhere(description, (node) => {
        if (node.name !== 'project_id' || !node.schema?.oneOf) return;
        node.schema = { anyOf: node.schema.oneOf };
      }),
  },
  {
    reason: 'other parameters are text, and the names of filters come several times, as `f[]=a&f[]=b` (Query#add_filters in Redmine takes a list)',
    apply: (description) =>
      everywhere(description.paths['/issues'].get, (node) => {
        if (node.name === 'cf_x') node.schema.additionalProperties = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
      }),
  },
  {
    reason: 'the answer to a creation is that of a look at the issue, `include` and all (tried on 5.0)',
    apply(description) {
      description.paths['/issues'].post.parameters.push({ name: 'include', in: 'query', schema: { type: 'string', enum: ['attachments'] } });
    },
  },
  {
    reason: 'numbers may be written as text: Rails reads both alike',
    apply: (description) =>
      everywhere(description.paths, (node) => {
        for (const name of ['status_id', 'priority_id'])
          if (node.properties?.[name]?.type === 'integer') node.properties[name] = { anyOf: [node.properties[name], { type: 'string', pattern: '^\\d+$' }] };
      }),
  },
];
/** Not in the description, and so not checked. */
const UNDESCRIBED = [{ path: /^\/attachments\/download\/\d+$/, reason: 'the name of the file may be left out (config/routes.rb of Redmine)' }];

/** Shows every object within a part of the description. */
function everywhere(part: Description, show: (node: Description) => void): void {
  if (typeof part !== 'object' || part === null) return;
  if (!Array.isArray(part)) show(part);
  for (const child of Object.values(part)) everywhere(child, show);
}

const resolved = (description: Description, given: Description): Description =>
  typeof given.$ref === 'string'
    ? given.$ref
        .split('/')
        .slice(1)
        .reduce((at: Description, name: string) => at[name], description)
    : given;

let loading: Promise<Description> | undefined;

/** The description that others have made of Redmine's REST API and tried against a real 6.1: unofficial, and read afresh for each check. */
async function load(): Promise<Description> {
  const path = join(descriptionFolder(), FILE);
  if (!existsSync(path)) return { absent: `${FILE} is not in ${descriptionFolder()}: nothing is held against it (set VENDOR_SPECS to the folder that has it)` };
  loading ??= new OpenAPIBackend({ definition: path, quick: true }).loadDocument();
  return structuredClone(await loading);
}

/** Holds what the connector asks of a real Redmine against it. Answers are Redmine's own, of another version: nobody judges those. */
export async function redmineCheck(): Promise<DescriptionCheck> {
  const description = await load();
  return createDescriptionCheck({ vendor: 'redmine', load: () => description, corrections: CORRECTIONS, undescribed: UNDESCRIBED, beyond: [] });
}
