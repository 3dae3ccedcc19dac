import type { Answer } from '../http/answer.ts';

/** A refusal in the vendor's own form; thrown by handlers, sent by the server. */
export class ApiError extends Error {
  readonly answer: Answer;
  constructor(status: number, body: unknown, headers?: Record<string, string>) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.answer = { status, ...(typeof body === 'string' ? { text: body } : { json: body }), ...(headers ? { headers } : {}) };
  }
}

/** Most refusals: `{"message": "404 Project Not Found"}`. */
const told = (status: number, message: unknown) => new ApiError(status, { message });
export const unauthenticated = () => told(401, '401 Unauthorized');
/** A token that is known and no longer good. */
export const deadToken = (why: string) => new ApiError(401, { error: 'invalid_token', error_description: why });
export const insufficientScope = () =>
  new ApiError(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  });
export const forbidden = () => told(403, '403 Forbidden');
export const notFound = (what?: string) => told(404, what ? `404 ${what} Not Found` : '404 Not found');
/** What is wrong, by member: `{"message": {"title": ["can't be blank"]}}`. */
export const invalid = (problems: Record<string, string[]>) => told(400, problems);
/** A parameter that the API itself refuses: `{"error": "title is missing"}`. */
export const badParameter = (error: string) => new ApiError(400, { error });
export const tooLarge = () => told(413, '413 Request Entity Too Large');
