import createClient from 'openapi-fetch';
import type { components, paths } from './api.gen.d.ts';
import { base } from './base.ts';

type Schemas = components['schemas'];
export type Connection = Schemas['Connection'];
export type Place = Schemas['Place'];
export type Twin = Schemas['Twin'];
export type EntityLink = Schemas['EntityLink'];
export type Progress = Schemas['Progress'];
export type Run = Schemas['Run'];
export type ListedProblem = Schemas['ListedProblem'];

/** What the node says when something went wrong: a sentence, what to do, and a code. */
export class ApiError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor({ code, message, remedy, details }: Schemas['Error']) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }
}

export const api = createClient<paths>({ baseUrl: base === '' ? '/' : base });

const unreachable = () =>
  new ApiError({
    code: 'node-unreachable',
    message: 'The node does not answer.',
    remedy: 'Check your connection and that the node is running. This page goes on by itself.',
    details: {},
  });

/** The answer's data; throws ApiError. */
export async function ask<Data>(call: Promise<{ data?: Data; error?: unknown }>): Promise<Data> {
  const { data, error } = await call.catch(() => {
    throw unreachable();
  });
  if (data !== undefined) return data;
  throw typeof error === 'object' && error !== null && 'code' in error ? new ApiError(error as Schemas['Error']) : unreachable();
}

/** For answers without a body. Throws ApiError. */
export async function act(call: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<void> {
  await ask(call.then(({ data, error, response }) => (response.ok ? { data: data ?? true } : { error })));
}

/** Sign-in, sign-up and what belongs to the own account. Returns what to tell the person, or null when it worked. */
export async function postAuth(path: 'sign-in/email' | 'sign-up/email' | 'sign-out' | 'change-password', body: object): Promise<string | null> {
  const response = await fetch(`/api/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(
    () => null,
  );
  if (!response) return 'The node does not answer. Check your connection, then try again.';
  if (response.ok) return null;
  if (response.status === 401) return 'No account has this e-mail address and password. Check both.';
  const { message, code } = (await response.json().catch(() => ({}))) as { message?: string; code?: string };
  // The node says for how long; an answer without words comes from something in front of it.
  if (response.status === 429) return message ?? 'Too many tries. Wait a minute, then try again.';
  if (code === 'INVALID_PASSWORD') return 'The password that you have now is another one. Check it.';
  return message ?? 'That did not work. Try again; the node’s log says more.';
}
