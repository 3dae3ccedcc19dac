import { setTimeout } from 'node:timers/promises';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';
import { type Gateway, renew } from './oauth.ts';
import type { JiraAuth, OAuthPair } from './settings.ts';

/** Who we are to Jira. */
export interface Session {
  /** The value of `authorization`, good for now. Throws `auth` with what to do, `unavailable`. */
  authorization(call: CallContext): Promise<string>;
  /** Jira refused this value: is there, or was there made, a newer one worth another try? */
  renewed(refused: string, call: CallContext): Promise<boolean>;
}

/** Renewed this long before its end, so that a request that waits in a queue still goes out with a living token. */
const EARLY_MS = 120_000;

const fixed = (value: string): Session => ({ authorization: () => Promise.resolve(value), renewed: () => Promise.resolve(false) });

export function openSession(auth: JiraAuth, deps: Pick<TrackerDeps, 'http' | 'now' | 'saveSettings' | 'readSettings'>, gateway: Gateway): Session {
  if (auth.kind === 'token') return fixed(`Basic ${Buffer.from(`${auth.email}:${auth.token}`).toString('base64')}`);
  if (auth.kind === 'pat') return fixed(`Bearer ${auth.token}`);

  let pair: OAuthPair = auth;
  /** A pair that Atlassian has given and that is not stored yet: nothing may be done with it before. */
  let unsaved: OAuthPair | null = null;
  let interrupted = false;
  let running: Promise<void> | null = null;

  /** The pair that another process of this node has stored in the meantime, if any. */
  const othersPair = async (tries: number): Promise<OAuthPair | null> => {
    for (let left = tries; deps.readSettings && left > 0; left -= 1) {
      const { auth: stored } = (await deps.readSettings()) as { auth?: JiraAuth };
      if (stored?.kind === 'oauth' && stored.refreshToken !== pair.refreshToken) return stored;
      // It may be between Atlassian's answer and the store.
      if (left > 1) await setTimeout(500);
    }
    return null;
  };

  const take = (other: OAuthPair): void => {
    pair = other;
    interrupted = false;
  };

  const renewOnce = async (call: CallContext): Promise<void> => {
    const others = unsaved ? null : await othersPair(1);
    if (others) {
      take(others);
      if (deps.now() <= pair.expiresAt - EARLY_MS) return;
    }
    try {
      unsaved ??= await renew(deps, pair, call, gateway);
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      if (error.inDoubt) interrupted = true;
      const overtaken = error.kind === 'auth' ? await othersPair(6) : null;
      if (overtaken) return take(overtaken);
      if (error.kind === 'auth' && interrupted)
        throw new TrackerError(
          'auth',
          'The connection broke off while Atlassian was renewing the access, and Atlassian has withdrawn the old one since. Connect the account again in the instance’s settings; nothing is lost.',
          { cause: error },
        );
      throw error.inDoubt ? new TrackerError(error.kind, error.message, { cause: error }) : error;
    }
    try {
      await deps.saveSettings({ auth: unsaved });
    } catch (cause) {
      throw new TrackerError(
        'unavailable',
        'Atlassian renewed the access, and it could not be stored. It is kept in memory and stored at the next try; do not stop the node.',
        { cause },
      );
    }
    take(unsaved);
    unsaved = null;
  };

  /** One at a time, whoever asks; not cancelled with the asker, or the new pair could be lost. */
  const refresh = (call: CallContext): Promise<void> => {
    const detached = { ...call, signal: AbortSignal.timeout(60_000) };
    running ??= renewOnce(detached)
      // Perhaps the request never arrived: Atlassian lets the old one be used again for ten minutes, and a second try mends it at once.
      .catch((error: unknown) => (interrupted && error instanceof TrackerError && error.kind === 'unavailable' ? renewOnce(detached) : Promise.reject(error)))
      .finally(() => {
        running = null;
      });
    return running;
  };

  return {
    async authorization(call) {
      if (unsaved || running || deps.now() > pair.expiresAt - EARLY_MS) await refresh(call);
      return `Bearer ${pair.accessToken}`;
    },
    async renewed(refused, call) {
      if (refused === `Bearer ${pair.accessToken}`) await refresh(call);
      return true;
    },
  };
}
