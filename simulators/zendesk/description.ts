import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BEYOND_DESCRIPTION, CORRECTIONS, type Description, UNDESCRIBED } from './overlay.ts';
import { unknownProperties } from './strict-body.ts';

/** A request or answer that the vendor's description does not allow. */
export interface Violation {
  what: 'request' | 'answer';
  method: string;
  path: string;
  status?: number;
  problem: string;
}

export interface CheckSummary {
  requests: number;
  answers: number;
  /** Requests to endpoints that are known to be missing from the description. */
  undescribed: number;
  violations: number;
  /** Why nothing was checked; absent when it was. */
  skipped?: string;
}

/** Holds what goes over the wire against the vendor's own description, and remembers what does not fit. */
export interface DescriptionCheck {
  request(given: { method: string; path: string; query: string; body: unknown }): void;
  answer(given: { method: string; path: string; status: number; body: unknown }): void;
  violations(): Violation[];
  summary(): CheckSummary;
}

const FILE = 'zendesk.slice.json';

/** The folder of the vendors' descriptions: `VENDOR_SPECS`, else `shared/specs` beside the repository. */
export function descriptionFolder(): string {
  return process.env.VENDOR_SPECS ?? fileURLToPath(new URL('../../../shared/specs', import.meta.url));
}

/** The corrected description; undefined where the file is absent: it is not part of the project. */
export function loadDescription(folder = descriptionFolder()): Description {
  const file = join(folder, FILE);
  if (!existsSync(file)) return undefined;
  const description: Description = JSON.parse(readFileSync(file, 'utf8'));
  for (const correction of CORRECTIONS) correction.apply(description);
  return description;
}

/** A check that is ready to be used. Without the description it checks nothing and its summary says why. */
export async function createDescriptionCheck(folder = descriptionFolder()): Promise<DescriptionCheck> {
  const description = loadDescription(folder);
  if (!description)
    return skippedCheck(`${FILE} is not in ${folder}: nothing is held against the vendor's description (set VENDOR_SPECS to the folder that has it)`);
  // Loaded only here: the simulator itself runs without the packages of development.
  const { OpenAPIBackend } = await import('openapi-backend');
  const api = new OpenAPIBackend({
    definition: description,
    quick: true,
    validate: true,
    ajvOpts: { strict: false, logger: false, allErrors: true },
    customizeAjv(ajv) {
      ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      ajv.addFormat('datetime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
      ajv.addFormat('url', /^https?:\/\//);
      return ajv;
    },
  });
  await api.init();
  const violations: Violation[] = [];
  const counts = { requests: 0, answers: 0, undescribed: 0 };
  const operationOf = (method: string, path: string) => api.router.matchOperation({ method: method.toLowerCase(), path, headers: {} });

  return {
    request({ method, path, query, body }) {
      if (UNDESCRIBED.some((known) => known.path.test(path))) {
        counts.undescribed += 1;
        return;
      }
      const operation = operationOf(method, path);
      const blame = (problem: string) => violations.push({ what: 'request', method, path, problem });
      if (!operation) {
        blame('the description has no such operation');
        return;
      }
      counts.requests += 1;
      const headers = { 'content-type': 'application/json' };
      const described = operation.requestBody !== undefined && body !== undefined;
      const result = api.validator.validateRequest(
        { method: method.toLowerCase(), path, query: flatQuery(query), headers, ...(described ? { body } : {}) },
        operation,
      );
      for (const error of result.errors ?? []) blame(`${error.instancePath} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`);
      const schema = (operation.requestBody as Description)?.content?.['application/json']?.schema;
      if (described && schema) for (const name of unknownProperties(description, schema, body)) blame(`${name} is not in the description`);
    },
    answer({ method, path, status, body }) {
      if (status < 200 || status > 299 || UNDESCRIBED.some((known) => known.path.test(path))) return;
      const operation = operationOf(method, path);
      if (!operation) return;
      counts.answers += 1;
      const blame = (problem: string) => violations.push({ what: 'answer', method, path, status, problem });
      if (!Object.hasOwn(operation.responses ?? {}, String(status))) blame(`the description knows no answer ${status}`);
      if (body === undefined) return;
      const result = api.validator.validateResponse(body, operation, status);
      for (const error of result.errors ?? []) blame(`${error.instancePath} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`);
      const response = operation.responses?.[String(status)] as Description;
      const schema = response?.content?.['application/json']?.schema;
      const unknown = schema ? unknownProperties(description, schema, body).map((name) => name.replace(/\[\d+\]/g, '[]')) : [];
      for (const name of new Set(unknown)) {
        if (!BEYOND_DESCRIPTION.some((known) => known.property.test(name))) blame(`${name} is not in the description`);
      }
    },
    violations: () => [...violations],
    summary: () => ({ ...counts, violations: violations.length }),
  };
}

/** By name as written, so that `page[size]` is looked up as such and not taken apart. */
function flatQuery(query: string): Record<string, string | string[]> {
  const flat: Record<string, string | string[]> = {};
  const search = new URLSearchParams(query);
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    flat[name] = values.length > 1 ? values : (values[0] ?? '');
  }
  return flat;
}

function skippedCheck(reason: string): DescriptionCheck {
  console.warn(`zendesk simulator: ${reason}`);
  return {
    request: () => undefined,
    answer: () => undefined,
    violations: () => [],
    summary: () => ({ requests: 0, answers: 0, undescribed: 0, violations: 0, skipped: reason }),
  };
}
