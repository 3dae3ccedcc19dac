import type pg from 'pg';
import { SignatureRefused, TOLERANCE_SECONDS } from './signature.ts';

/** Which requests were taken already; for all processes of the node together. */
export interface Replay {
  /** Throws SignatureRefused `replayed`, `unsigned` (without a nonce). */
  assertNew(key: string, nonce: string | null): Promise<void>;
  /** Forgets those that are too old to be taken again anyway. */
  prune(): Promise<void>;
}

export function createReplay(pool: pg.Pool): Replay {
  return {
    async assertNew(key, nonce) {
      if (!nonce) throw new SignatureRefused('unsigned', 'The message is not signed as it has to be: the signature has no nonce.');
      // A request may be that far in the future, and is refused as too old only that long after its own time.
      const { rowCount } = await pool.query({
        name: 'see-nonce',
        text: `insert into seen_nonce (key, nonce, until) values ($1, $2, now() + interval '1 second' * $3) on conflict do nothing`,
        values: [key, nonce, TOLERANCE_SECONDS * 2 + 60],
      });
      if (!rowCount) throw new SignatureRefused('replayed', 'The request has been sent before: it is taken only once.');
    },
    async prune() {
      await pool.query('delete from seen_nonce where until < now()');
    },
  };
}
