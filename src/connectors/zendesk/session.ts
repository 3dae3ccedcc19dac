import type { TrackerDeps } from '../connector.ts';
import { fixedSession, rotatingSession, type Session } from '../sessions/rotating.ts';
import { renew } from './oauth.ts';
import type { ZendeskSettings } from './settings.ts';

/** Who we are to Zendesk. */
export function openSession({ url, auth }: ZendeskSettings, deps: Pick<TrackerDeps, 'http' | 'now' | 'saveSettings' | 'readSettings'>): Session {
  if (auth.kind === 'token') return fixedSession(`Basic ${Buffer.from(`${auth.email}/token:${auth.token}`).toString('base64')}`);
  return rotatingSession(auth, { name: 'Zendesk', renew: (pair, call) => renew(deps, url, pair, call) }, deps);
}
