import type { Correction, Description } from '../http/description.ts';

/** All known faults of the description, as of @octokit/openapi 23. */
export const CORRECTIONS: Correction[] = [
  {
    reason: 'Issues are listed by cursor, as the vendor’s own refusal of high page numbers and its link headers say; the description has pages only',
    apply(description) {
      const list = description.paths['/repos/{owner}/{repo}/issues'].get;
      for (const name of ['after', 'before']) list.parameters.push({ name, in: 'query', required: false, schema: { type: 'string' } });
    },
  },
  {
    reason: 'The account of an installation in the list must be a user and an enterprise at once; a single installation has it right: one of them',
    apply(description) {
      const item = description.paths['/app/installations'].get.responses['200'].content['application/json'].schema.items;
      for (const one of everySchema(item.properties.account)) {
        if (!one.allOf) continue;
        one.anyOf = one.allOf;
        delete one.allOf;
      }
    },
  },
  {
    reason: 'The body of an issue without text is null in the search too, as the schema of an issue says',
    apply(description) {
      const { properties } = description.components.schemas['issue-search-result-item'];
      properties.body = { anyOf: [properties.body, { enum: [null] }] };
    },
  },
];

function everySchema(schema: Description): Description[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(everySchema)];
}

/** Endpoints that are simulated and not in the description: these are not checked. */
export const UNDESCRIBED: { path: RegExp; reason: string }[] = [];

/** What the vendor answers beyond its description. Any other property of an answer that the description does not name is a violation. */
export const BEYOND_DESCRIPTION = [
  { property: /^\[\]\.(client_id|account\.user_view_type)$/, reason: 'The list of installations has a schema of its own, older than that of a single one' },
  { property: /^\[\]\.assigner$/, reason: 'The timeline leaves out who assigned, which the events of an issue have' },
  { property: /^\[\]\.(state_reason)$/, reason: "The list of events leaves out why an issue was closed, which the vendor's schema of that event has" },
];
