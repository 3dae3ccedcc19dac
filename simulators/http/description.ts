import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from './answer.ts';
import { unknownProperties } from './strict-body.ts';

/** The vendor's description as it is read from the file: nothing in it is certain. */
// biome-ignore lint/suspicious/noExplicitAny: a foreign document of no fixed shape
export type Description = any;

/** A fault of the vendor's description, and what it should say. */
export interface Correction {
  reason: string;
  apply(description: Description): void;
}

/** One vendor's description, and what is known to be wrong with it. */
export interface DescriptionSource {
  /** For people: `zendesk`. */
  vendor: string;
  /** The description as the vendor publishes it; `{ absent: string }`, why, where it is not at hand. */
  load(): Description;
  corrections: readonly Correction[];
  /** Endpoints that are simulated and not in the description: these are not checked. */
  undescribed: readonly { path: RegExp; reason: string }[];
  /** What the vendor answers beyond its description. Any other property of an answer that the description does not name is a violation. */
  beyond: readonly { property: RegExp; reason: string }[];
}

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

/** `body`: the JSON body, undefined where there is none or it is no JSON. */
export interface AskedRequest {
  method: string;
  path: string;
  query: string;
  body: unknown;
}

/** Holds what goes over the wire against the vendor's own description, and remembers what does not fit. */
export interface DescriptionCheck {
  request(given: AskedRequest): void;
  /** A request and its answer. What does not fit in a request that is refused is no violation: being refused is what it was sent for. */
  exchange(given: AskedRequest, work: () => Answer | Promise<Answer>): Promise<Answer>;
  answer(given: { method: string; path: string; status: number; body: unknown }): void;
  violations(): Violation[];
  summary(): CheckSummary;
  /** Adds the counts, and each violation, to the report of the test run, where there is one (`DESCRIBED` names its file). Once, at the end. */
  report(): void;
}

/** The folder of the vendors' descriptions: `VENDOR_SPECS`, else `shared/specs` beside the repository. They are not part of the project. */
export function descriptionFolder(): string {
  return process.env.VENDOR_SPECS ?? fileURLToPath(new URL('../../../shared/specs', import.meta.url));
}

/** `file` of the folder as JSON; `{ absent: string }`, why, where it is not there. */
export function descriptionFile(file: string, folder = descriptionFolder()): Description {
  const path = join(folder, file);
  if (!existsSync(path))
    return { absent: `${file} is not in ${folder}: nothing is held against the vendor's description (set VENDOR_SPECS to the folder that has it)` };
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Is every exchange of a test run to be checked, and counted? */
export const described = (): boolean => process.env.DESCRIBED !== undefined && process.env.DESCRIBED !== '';

/** A check that is ready to be used. Without the description it checks nothing and its summary says why. */
export async function createDescriptionCheck(source: DescriptionSource): Promise<DescriptionCheck> {
  const description = source.load();
  if (typeof description.absent === 'string') return skippedCheck(source.vendor, description.absent);
  for (const correction of source.corrections) correction.apply(description);
  // Loaded only here: the simulator itself runs without the packages of development.
  const { OpenAPIBackend } = await import('openapi-backend');
  const api = new OpenAPIBackend({
    definition: description,
    quick: true,
    validate: true,
    ajvOpts: { strict: false, logger: false, allErrors: true },
    customizeAjv(ajv) {
      ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/);
      ajv.addFormat('datetime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
      ajv.addFormat('url', /^https?:\/\//);
      ajv.addFormat('uri', /^[a-z][a-z0-9+.-]*:/i);
      return ajv;
    },
  });
  await api.init();
  const violations: Violation[] = [];
  const counts = { requests: 0, answers: 0, undescribed: 0 };
  const operationOf = (method: string, path: string) => api.router.matchOperation({ method: method.toLowerCase(), path, headers: {} });

  function wrongWith({ method, path, query, body }: AskedRequest): Violation[] {
    if (source.undescribed.some((known) => known.path.test(path))) {
      counts.undescribed += 1;
      return [];
    }
    const wrong: Violation[] = [];
    const blame = (problem: string) => wrong.push({ what: 'request', method, path, problem });
    const operation = operationOf(method, path);
    if (!operation) {
      blame('the description has no such operation');
      return wrong;
    }
    counts.requests += 1;
    const headers = { 'content-type': 'application/json' };
    const hasBody = operation.requestBody !== undefined && body !== undefined;
    const result = api.validator.validateRequest(
      { method: method.toLowerCase(), path, query: flatQuery(query), headers, ...(hasBody ? { body } : {}) },
      operation,
    );
    for (const error of result.errors ?? []) blame(`${error.instancePath} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`);
    const schema = (operation.requestBody as Description)?.content?.['application/json']?.schema;
    if (hasBody && schema) for (const name of unknownProperties(description, schema, body)) blame(`${name} is not in the description`);
    return wrong;
  }

  const check: DescriptionCheck = {
    request(given) {
      violations.push(...wrongWith(given));
    },
    async exchange(given, work) {
      const wrong = wrongWith(given);
      const answer = await work();
      if (answer.status < 400) violations.push(...wrong);
      check.answer({ method: given.method, path: given.path, status: answer.status, body: answer.json });
      return answer;
    },
    answer({ method, path, status, body }) {
      if (status < 200 || status > 299 || source.undescribed.some((known) => known.path.test(path))) return;
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
        if (!source.beyond.some((known) => known.property.test(name))) blame(`${name} is not in the description`);
      }
    },
    violations: () => [...violations],
    summary: () => ({ ...counts, violations: violations.length }),
    report: () => addToReport({ vendor: source.vendor, ...counts, violations: [...violations] }),
  };
  return check;
}

function addToReport(entry: Record<string, unknown>): void {
  const file = process.env.DESCRIBED;
  if (!file) return;
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
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

function skippedCheck(vendor: string, reason: string): DescriptionCheck {
  console.warn(`${vendor} simulator: ${reason}`);
  return {
    request: () => undefined,
    exchange: async (_given, work) => work(),
    answer: () => undefined,
    violations: () => [],
    summary: () => ({ requests: 0, answers: 0, undescribed: 0, violations: 0, skipped: reason }),
    report: () => addToReport({ vendor, skipped: reason }),
  };
}
