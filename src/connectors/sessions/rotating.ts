import { setTimeout } from 'node:timers/promises';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';

/** Who we are to a vendor. */
export interface Session {
  /** The value of `authorization`, good for now. Throws `auth` with what to do, `unavailable`. */
  authorization(call: CallContext): Promise<string>;
  /** The vendor refused this value: is there, or was there made, a newer one worth another try? */
  renewed(refused: string, call: CallContext): Promise<boolean>;
}

/** Access that is replaced as a whole by each renewal, as the settings hold it under `auth`. */
export interface RotatingPair {
  readonly kind: 'oauth';
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface Vendor<Pair> {
  /** Who grants the access, for people. */
  readonly name: string;
  /** A new pair for an old one. Throws `auth` when the vendor does not know the old one (any more). */
  readonly renew: (pair: Pair, call: CallContext) => Promise<Pair>;
}

/** Renewed this long before its end, so that a request that waits in a queue still goes out with a living token. */
const EARLY_MS = 120_000;

/** Access that does not change. */
export const fixedSession = (value: string): Session => ({ authorization: () => Promise.resolve(value), renewed: () => Promise.resolve(false) });

/** OAuth where the refresh token is used up by each renewal: a new pair is stored before anything is done with it, and shared with other processes of the node. */
export function rotatingSession<Pair extends RotatingPair>(
  first: Pair,
  { name, renew }: Vendor<Pair>,
  deps: Pick<TrackerDeps, 'now' | 'saveSettings' | 'readSettings'>,
): Session {
  let pair = first;
  /** A pair that was given and is not stored yet: nothing may be done with it before. */
  let unsaved: Pair | null = null;
  let interrupted = false;
  let running: Promise<void> | null = null;

  /** The pair that another process of this node has stored in the meantime, if any. */
  const othersPair = async (tries: number): Promise<Pair | null> => {
    for (let left = tries; deps.readSettings && left > 0; left -= 1) {
      const { auth: stored } = (await deps.readSettings()) as { auth?: Pair };
      if (stored?.kind === 'oauth' && stored.refreshToken !== pair.refreshToken) return stored;
      // It may be between the vendor's answer and the store.
      if (left > 1) await setTimeout(500);
    }
    return null;
  };

  const take = (other: Pair): void => {
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
      unsaved ??= await renew(pair, call);
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      if (error.inDoubt) interrupted = true;
      const overtaken = error.kind === 'auth' ? await othersPair(6) : null;
      if (overtaken) return take(overtaken);
      if (error.kind === 'auth' && interrupted)
        throw new TrackerError(
          'auth',
          `The connection broke off while ${name} was renewing the access, and ${name} has withdrawn the old one since. Connect the account again in the instance’s settings; nothing is lost.`,
          { cause: error },
        );
      throw error.inDoubt ? new TrackerError(error.kind, error.message, { cause: error }) : error;
    }
    try {
      await deps.saveSettings({ auth: unsaved });
    } catch (cause) {
      throw new TrackerError(
        'unavailable',
        `${name} renewed the access, and it could not be stored. It is kept in memory and stored at the next try; do not stop the node.`,
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
      // Perhaps the request never arrived, or the old pair may be used a little longer: a second try mends it at once.
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
