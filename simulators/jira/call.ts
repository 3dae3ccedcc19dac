import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { noIssue, notSignedIn } from './errors.ts';
import type { Issue, User } from './model.ts';
import { issueBy, type Site, sees } from './site.ts';

/** One request to the API. */
export interface Call {
  site: Site;
  /** Null: a visitor. */
  user: User | null;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The JSON body; an empty object where there is none. */
  body: Record<string, unknown>;
  /** The JSON body of a route that takes any `value`. */
  value: unknown;
  request: IncomingMessage;
}

export interface Route {
  method: string;
  /** Below `/rest/api/3` (Data Center: 2), or whole, from `/rest/` on. */
  path: string;
  /** Writes one issue: counted against the limits by issue. */
  writes?: true;
  /** The body may be any JSON, not only an object. */
  value?: true;
  /** The body is not JSON and is read by the route. */
  raw?: true;
  /** Without it the route is on both. */
  only?: 'cloud' | 'data-center';
  handle(call: Call): Answer | Promise<Answer>;
}

/** Throws 401 for a visitor. */
export function signedIn({ user }: Call): User {
  if (!user) throw notSignedIn();
  return user;
}

/** The issue of the path. Throws 404 for one that is not there or not shown: Jira tells nobody which. */
export function visibleIssue({ site, user, params }: Call): Issue {
  const issue = issueBy(site, params.issue ?? '');
  if (!issue || !sees(site, user, issue)) throw noIssue();
  return issue;
}

export const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** `startAt` and `maxResults` of a request; wrong ones are the defaults. */
export function paging(query: URLSearchParams, most: number): { startAt: number; maxResults: number } {
  const number = (name: string, otherwise: number) => (/^\d{1,9}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : otherwise);
  return { startAt: number('startAt', 0), maxResults: Math.min(number('maxResults', most), most) };
}

/** The words of a list in the query: `expand=names,changelog`. */
export const listed = (query: URLSearchParams, name: string): string[] =>
  query
    .getAll(name)
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter(Boolean);
