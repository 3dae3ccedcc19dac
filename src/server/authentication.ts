import type { FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../core/errors.ts';
import { frameOf } from './framed.ts';

export type Role = 'owner' | 'admin' | 'viewer';

/** Who calls, and what they may do. */
export interface Caller {
  /** Id of the person; null: a token. */
  readonly user: string | null;
  readonly name: string;
  /** Null: a token. */
  readonly email: string | null;
  /** Runs the node: sees and may do everything. */
  readonly operator: boolean;
  /** By id of the instance. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Inside a tracker's frame: id of the one instance that can be seen, whatever else the person may do. */
  readonly confinedTo: string | null;
}

/** Who may call; kept apart from how it is stored. */
export interface Authentication {
  /** The person of a session cookie, or null. */
  bySession(headers: Headers): Promise<Caller | null>;
  /** The owner of an API token, or null. */
  byToken(token: string): Promise<Caller | null>;
  /** Who works with the console in a tracker's frame; `frame`: short name of the instance. Never the person of a session, or a token. */
  byFrame?(frame: string, headers: Headers): Promise<Caller | null>;
  /** Has somebody set the node up? */
  hasOwner(): Promise<boolean>;
  /** Origins of our own pages: only these may write with a cookie. */
  readonly origins: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

/** Lets nobody through who has neither a session nor a token. Throws `sign-in-needed`, `not-allowed`. */
export function requireCaller(authentication: Authentication) {
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    const { authorization } = request.headers;
    const frame = frameOf(request.raw);
    if (frame !== undefined) {
      request.caller = (await authentication.byFrame?.(frame, headersOf(request))) ?? null;
      if (!request.caller) throw new EntenteError('sign-in-needed', 'The session in this frame is over. Open the app again.');
      assertOwnPage(request, authentication);
      return;
    }
    if (authorization !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      request.caller = token ? await authentication.byToken(token) : null;
      if (!request.caller) throw new EntenteError('sign-in-needed', 'The API token is not valid.');
      return;
    }
    request.caller = await authentication.bySession(headersOf(request));
    if (!request.caller) throw new EntenteError('sign-in-needed');
    assertOwnPage(request, authentication);
  };
}

/** A cookie is sent along by any page that makes the browser call us; the origin is not. */
function assertOwnPage(request: FastifyRequest, { origins }: Authentication): void {
  const writes = request.method !== 'GET' && request.method !== 'HEAD';
  if (writes && !origins.includes(request.headers.origin ?? ''))
    throw new EntenteError('not-allowed', 'The request comes from another site than this console.');
}

function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return headers;
}
