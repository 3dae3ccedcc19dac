import type { Answer } from '../http/answer.ts';

const DOCS = 'https://docs.github.com/rest';

/** What is wrong with one member of a request. */
export interface FieldError {
  resource: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  field?: string;
  message?: string;
  value?: unknown;
}

/** A refusal in the vendor's own form; thrown by handlers, sent by the server, which adds the page of the documentation. */
export class ApiError extends Error {
  readonly status: number;
  readonly more: Record<string, unknown>;
  readonly headers: Record<string, string>;
  /** Of the route, where the error names none. */
  docs = '';
  constructor(status: number, message: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.more = more;
    this.headers = headers;
  }

  answer(): Answer {
    const { message, status } = this;
    return {
      status,
      headers: this.headers,
      json: { message, documentation_url: this.docs ? `${DOCS}/${this.docs}` : DOCS, ...this.more, status: String(status) },
    };
  }
}

export const notFound = () => new ApiError(404, 'Not Found');
export const badCredentials = () => new ApiError(401, 'Bad credentials', { documentation_url: DOCS });
export const requiresAuthentication = () => new ApiError(401, 'Requires authentication');
export const invalid = (...errors: FieldError[]) => new ApiError(422, 'Validation Failed', { errors });
/** The body does not have the form that the endpoint wants. */
export const badRequest = (problem: string) => new ApiError(422, `Invalid request.\n\n${problem}`);
