import { createSign } from 'node:crypto';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';
import { refusal } from './refusals.ts';
import { type GithubSettings, siteOf } from './settings.ts';
import type { WireInstallation } from './wire.ts';

/** Who we are to GitHub. */
export interface Session {
  /** The value of `authorization`, good for now. Throws `auth` with what to do. */
  authorization(call: CallContext): Promise<string>;
  /** GitHub refused this value: is another one worth a try? */
  renewed(refused: string): boolean;
  /** As the App itself; null with a token. */
  asApp(): string | null;
  /** The installation of the App; null with a token. Throws `auth` where there is none. */
  installation(call: CallContext): Promise<WireInstallation | null>;
}

/** An installation's token lives an hour; renewed so long before, that a request that waits in a queue still goes out with a living one. */
const EARLY_MS = 300_000;
/** GitHub takes at most ten minutes, and none that is from the future by its own clock. */
const JWT = { back: 60, ahead: 540 };

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JSON Web Token by which an App proves itself (RS256). `now` in milliseconds. */
export function appJwt({ appId, privateKey }: { appId: string; privateKey: string }, now: number): string {
  const seconds = Math.floor(now / 1000);
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: seconds - JWT.back, exp: seconds + JWT.ahead, iss: appId })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
}

export const HEADERS: Readonly<Record<string, string>> = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

export function openSession(settings: GithubSettings, deps: Pick<TrackerDeps, 'http' | 'now'>): Session {
  const { auth } = settings;
  if (auth.kind === 'token')
    return { authorization: () => Promise.resolve(`Bearer ${auth.token}`), renewed: () => false, asApp: () => null, installation: () => Promise.resolve(null) };

  const { api, owner } = siteOf(settings);
  const { host } = new URL(api);
  let token: { value: string; until: number } | null = null;
  let running: Promise<string> | null = null;
  let found: WireInstallation | null = null;

  const send = (request: Omit<HttpRequest, 'headers'>, call: CallContext): Promise<HttpResponse> =>
    deps.http.request({ ...request, headers: { ...HEADERS, authorization: `Bearer ${appJwt(auth, deps.now())}` } }, call);
  const expect = (response: HttpResponse, what: string): HttpResponse => {
    if (response.status >= 200 && response.status < 300) return response;
    if (response.status === 401)
      throw new TrackerError('auth', `${host} does not accept the App: check the App ID and its private key, and the clock of this machine.`, { status: 401 });
    throw refusal(response, what, host, deps.now());
  };

  async function installation(call: CallContext): Promise<WireInstallation> {
    if (auth.kind === 'app' && auth.installationId) {
      const answer = await send({ method: 'GET', url: `${api}/app/installations/${auth.installationId}` }, call);
      if (answer.status === 404)
        throw new TrackerError('auth', `The App has no installation ${auth.installationId}. It may have been uninstalled.`, { status: 404 });
      return expect(answer, 'Reading the installation').json<WireInstallation>();
    }
    for (let page = 1; ; page += 1) {
      const answer = await send({ method: 'GET', url: `${api}/app/installations?per_page=100&page=${page}` }, call);
      const list = expect(answer, 'Listing the installations of the App').json<WireInstallation[]>();
      if (!Array.isArray(list)) throw new TrackerError('protocol', `What answers at ${api} is not GitHub. Check the address.`);
      const mine = list.find(({ account }) => account?.login?.toLowerCase() === owner.toLowerCase());
      if (mine) return mine;
      if (list.length < 100)
        throw new TrackerError('auth', `The App is not installed at ${owner}: install it there, on the page of the App under “Install App”.`);
    }
  }

  async function renew(call: CallContext): Promise<string> {
    found ??= await installation(call);
    if (found.suspended_at) {
      found = null;
      throw new TrackerError('auth', `The installation of the App at ${owner} is suspended. An owner can unsuspend it in GitHub’s settings.`);
    }
    const answer = await send({ method: 'POST', url: `${api}/app/installations/${found.id}/access_tokens`, json: {} }, call).catch((error: unknown) => {
      // A token more or less does no harm: nothing is in doubt.
      throw error instanceof TrackerError && error.inDoubt ? new TrackerError(error.kind, error.message, { cause: error }) : error;
    });
    if (answer.status === 404) found = null;
    const { token: value, expires_at } = expect(answer, 'Signing in as the installation').json<{ token?: string; expires_at?: string }>();
    if (!value || !expires_at) throw new TrackerError('protocol', `${host} answered a sign-in without a token.`);
    token = { value, until: Date.parse(expires_at) };
    return value;
  }

  return {
    async authorization(call) {
      if (token && deps.now() < token.until - EARLY_MS) return `Bearer ${token.value}`;
      // One at a time, whoever asks; not cancelled with the asker, others may wait for it.
      running ??= renew({ ...call, signal: AbortSignal.timeout(60_000) }).finally(() => {
        running = null;
      });
      return `Bearer ${await running}`;
    },
    renewed(refused) {
      if (token && refused === `Bearer ${token.value}`) token = null;
      return true;
    },
    asApp: () => `Bearer ${appJwt(auth, deps.now())}`,
    async installation(call) {
      found = await installation(call);
      return found;
    },
  };
}
