import type { TrackerDeps } from '../connector.ts';
import { fixedSession, rotatingSession, type Session } from '../sessions/rotating.ts';
import { type Gateway, renew } from './oauth.ts';
import type { JiraAuth } from './settings.ts';

/** Who we are to Jira. */
export function openSession(auth: JiraAuth, deps: Pick<TrackerDeps, 'http' | 'now' | 'saveSettings' | 'readSettings'>, gateway: Gateway): Session {
  if (auth.kind === 'token') return fixedSession(`Basic ${Buffer.from(`${auth.email}:${auth.token}`).toString('base64')}`);
  if (auth.kind === 'pat') return fixedSession(`Bearer ${auth.token}`);
  return rotatingSession(auth, { name: 'Atlassian', renew: (pair, call) => renew(deps, pair, call, gateway) }, deps);
}
