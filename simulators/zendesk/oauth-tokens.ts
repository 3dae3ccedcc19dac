import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../http/clock.ts';
import { textOf } from './values.ts';

export interface OAuthClient {
  /** `client_id` in requests. */
  identifier: string;
  name: string;
  /** null: a public client, which must use PKCE and cannot use client_credentials. */
  secret: string | null;
  redirectUris: string[];
  /** Whom client_credentials tokens act as. */
  userId: number;
}

interface Grant {
  client: string;
  userId: number;
  scopes: string[];
}
interface Code extends Grant {
  redirectUri: string;
  challenge: { value: string; method: 'S256' | 'plain' } | null;
  expiresAt: number;
}
export interface AccessToken extends Grant {
  expiresAt: number;
  refresh: string | null;
}
interface RefreshToken extends Grant {
  access: string;
  expiresAt: number;
}

/** The answer of `POST /oauth/tokens`. Times in seconds. */
export interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  token_type: 'bearer';
  scope: string;
  expires_in: number;
  refresh_token_expires_in?: number;
}

/** A refusal of the token endpoint, by its OAuth name. */
export class OAuthError extends Error {
  readonly code: string;
  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}

const CODE_MS = 120_000;
const ACCESS_MS = 30 * 60_000;
const REFRESH_MS = 30 * 24 * 3_600_000;

export interface OAuth {
  clients: Map<string, OAuthClient>;
  /** A code for the browser to carry back. */
  grantCode(given: Grant & { redirectUri: string; challenge: Code['challenge'] }): string;
  /** Carries out `POST /oauth/tokens`. Throws `OAuthError`. */
  exchange(input: Record<string, unknown>): TokenAnswer;
  accessToken(token: string): AccessToken | undefined;
  revoke(token: string): void;
  set(lifetimes: { accessMs?: number; refreshMs?: number }): void;
}

/** Codes and tokens. A refresh makes a new pair and deletes the old one, access token included. */
export function createOAuth(clock: Clock): OAuth {
  const clients = new Map<string, OAuthClient>();
  const codes = new Map<string, Code>();
  const access = new Map<string, AccessToken>();
  const refresh = new Map<string, RefreshToken>();
  const lifetimes = { accessMs: ACCESS_MS, refreshMs: REFRESH_MS };

  const issue = (grant: Grant, renewable: boolean): TokenAnswer => {
    const accessToken = randomBytes(32).toString('hex');
    const refreshToken = renewable ? randomBytes(32).toString('hex') : null;
    const { client, userId, scopes } = grant;
    access.set(accessToken, { client, userId, scopes, expiresAt: clock.now() + lifetimes.accessMs, refresh: refreshToken });
    const answer: TokenAnswer = { access_token: accessToken, token_type: 'bearer', scope: scopes.join(' '), expires_in: lifetimes.accessMs / 1000 };
    if (refreshToken === null) return answer;
    refresh.set(refreshToken, { client, userId, scopes, access: accessToken, expiresAt: clock.now() + lifetimes.refreshMs });
    return { ...answer, refresh_token: refreshToken, refresh_token_expires_in: lifetimes.refreshMs / 1000 };
  };

  const clientOf = (input: Record<string, unknown>): OAuthClient => {
    const client = clients.get(textOf(input.client_id));
    const secretFits = client && (client.secret === null || client.secret === input.client_secret);
    if (!client || !secretFits) throw new OAuthError('invalid_client', 'Client authentication failed due to unknown client or wrong client secret.');
    return client;
  };

  const byCode = (client: OAuthClient, input: Record<string, unknown>): TokenAnswer => {
    const text = textOf(input.code);
    const code = codes.get(text);
    // Whatever comes of it, a code is good for one try.
    codes.delete(text);
    const fits = code && code.client === client.identifier && code.expiresAt > clock.now() && code.redirectUri === input.redirect_uri;
    if (!code || !fits)
      throw new OAuthError('invalid_grant', 'The authorization code is invalid, expired, used, or was issued for another client or redirect_uri.');
    if (code.challenge && challengeOf(textOf(input.code_verifier), code.challenge.method) !== code.challenge.value) {
      throw new OAuthError('invalid_grant', 'The code verifier does not match the code challenge.');
    }
    return issue(code, true);
  };

  const byRefresh = (client: OAuthClient, input: Record<string, unknown>): TokenAnswer => {
    const text = textOf(input.refresh_token);
    const token = refresh.get(text);
    if (!token || token.client !== client.identifier || token.expiresAt <= clock.now()) {
      throw new OAuthError('invalid_grant', 'The refresh token is invalid, expired, revoked, or was issued to another client.');
    }
    refresh.delete(text);
    access.delete(token.access);
    return issue(token, true);
  };

  return {
    clients,
    grantCode(given) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, { ...given, expiresAt: clock.now() + CODE_MS });
      return code;
    },
    exchange(input) {
      const client = clientOf(input);
      switch (input.grant_type) {
        case 'authorization_code':
          return byCode(client, input);
        case 'refresh_token':
          return byRefresh(client, input);
        case 'client_credentials':
          if (client.secret === null) throw new OAuthError('unauthorized_client', 'A public client cannot use client_credentials.');
          return issue({ client: client.identifier, userId: client.userId, scopes: scopesOf(input.scope) }, false);
        default:
          throw new OAuthError('unsupported_grant_type', `The grant type "${textOf(input.grant_type)}" is not supported.`);
      }
    },
    accessToken(token) {
      const found = access.get(token);
      return found && found.expiresAt > clock.now() ? found : undefined;
    },
    revoke(token) {
      const found = access.get(token);
      access.delete(token);
      if (found?.refresh) refresh.delete(found.refresh);
    },
    set: (next) => void Object.assign(lifetimes, next),
  };
}

/** `"tickets:read webhooks:write"` or a list, as scopes; `read` where nothing is asked. */
export function scopesOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : textOf(value).split(/[\s,]+/);
  const scopes = list.filter((scope) => scope !== '');
  return scopes.length > 0 ? scopes : ['read'];
}

function challengeOf(verifier: string, method: 'S256' | 'plain'): string {
  return method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
}
