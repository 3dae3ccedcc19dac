import type { Answer } from '../http/answer.ts';

/** A refusal in the vendor's own form; thrown by handlers, sent by the server. */
export class ApiError extends Error {
  readonly answer: Answer;
  constructor(status: number, body: unknown, headers?: Record<string, string>) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.answer = { status, ...(typeof body === 'string' ? { text: body } : { json: body }), ...(headers ? { headers } : {}) };
  }
}

/** What is wrong, by field: `{subject: [{description: 'Subject: cannot be blank', error: 'BlankValue'}]}`. */
export type Details = Record<string, { description: string; error?: string }[]>;

/** Notes one more fault of a field. */
export function addDetail(details: Details, field: string, description: string, error: string): void {
  details[field] = [...(details[field] ?? []), { description, error }];
}

export const notFound = () => new ApiError(404, { error: 'RecordNotFound', description: 'Not found' });
export const unauthenticated = () => new ApiError(401, { error: "Couldn't authenticate you" });
export const forbidden = () =>
  new ApiError(403, {
    error: { title: 'Forbidden', message: 'You do not have access to this page. Please contact the account owner of this help desk for further help.' },
  });
export const invalidRecord = (details: Details) => new ApiError(422, { error: 'RecordInvalid', description: 'Record validation errors', details });
export const invalidAttribute = (name: string) =>
  new ApiError(400, { error: { title: 'Invalid attribute', message: `You passed an invalid value for the ${name} attribute. Must be an object` } });
export const invalidValue = (description: string) => new ApiError(422, { error: 'InvalidValue', description });
export const badPage = (detail: string) =>
  new ApiError(400, { errors: [{ code: 'InvalidPaginationParameter', title: 'Invalid pagination parameter', detail }] });
