import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import type { Account } from './account.ts';
import type { Budget } from './limits.ts';
import type { User } from './model.ts';

/** A request that has been let in: `user` may use this route. */
export interface Call {
  account: Account;
  user: User;
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The JSON body; `{}` where there is none. */
  body: Record<string, unknown>;
  /** The raw request, for routes with `raw`. */
  request: IncomingMessage;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the origin, without `.json`. */
  path: string;
  /** Who may: `agent` means agents and administrators, `anonymous` needs no sign-in at all. */
  access: 'anonymous' | 'user' | 'agent' | 'admin';
  /** The OAuth scope's resource: `tickets` in `tickets:write`. */
  scope: string;
  /** The narrower limit that this route counts against, besides the account's. */
  budget?: Budget;
  /** The handler reads the body itself. */
  raw?: true;
  handle(call: Call): Answer | Promise<Answer>;
}
