import type { Answer } from '../http/answer.ts';

/** A refusal in Jira's shape: `{errorMessages: [...], errors: {field: text}}`. */
export class ApiError extends Error {
  readonly answer: Answer;

  constructor(status: number, messages: string | string[], errors: Record<string, string> = {}, headers: Record<string, string> = {}) {
    const errorMessages = [messages].flat().filter(Boolean);
    super([...errorMessages, ...Object.entries(errors).map(([field, text]) => `${field}: ${text}`)].join(' '));
    this.answer = { status, json: { errorMessages, errors }, headers };
  }
}

export const fieldError = (field: string, text: string): ApiError => new ApiError(400, [], { [field]: text });
export const noIssue = (): ApiError => new ApiError(404, 'Issue does not exist or you do not have permission to see it.');
export const forbidden = (text: string): ApiError => new ApiError(403, text);
export const notSignedIn = (): ApiError => new ApiError(401, 'Client must be authenticated to access this resource.');
