import type pg from 'pg';
import { EntenteError } from '../core/errors.ts';
import { inSession } from '../store/session.ts';
import { readBootHeader } from './boots.ts';

/** What is known of the runs of other nodes, by their keys. */
export interface PeerBoots {
  /**
   * `header`: Entente-Boot of a request that was signed with `key`; `created`: when, in seconds since 1970. Throws `node-copied` when it comes from a run
   * that another one of the same identity has left behind, or that has parted from it; `details.boot` is the one that is known.
   */
  assertOneChain(key: string, header: string, created: number): Promise<void>;
  /** The other node has a new key. */
  moved(from: string, to: string): Promise<void>;
}

/** Processes of one node learn of a new run one after the other, and a request may be slow. */
const GRACE_SECONDS = 60;

export function createPeerBoots(pool: pg.Pool): PeerBoots {
  return {
    async assertOneChain(key, header, created) {
      const told = readBootHeader(header);
      if (!told) throw new EntenteError('peer-refused', 'The request does not say which run of the node it comes from.');
      const [boot] = told.boots;
      const { rowCount } = await pool.query({ name: 'same-boot', text: 'select 1 from peer_boot where key = $1 and boots ->> 0 = $2', values: [key, boot] });
      if (rowCount) return;
      await inSession(pool, async (session) => {
        const [row] = await session.read<{ boots: string[]; since: string }>('peer-boot', 'select boots, since from peer_boot where key = $1 for update', [
          key,
        ]);
        const newest = row?.boots[0];
        if (row && newest === boot) return;
        const old = row?.boots.includes(boot) === true;
        if (row && old && created <= Number(row.since) + GRACE_SECONDS) return;
        if (newest !== undefined && (old || !(told.boots.includes(newest) || (told.real !== null && !row?.boots.includes(told.real)))))
          throw new EntenteError('node-copied', 'Another node with the same identity has been here since this one was last heard of.', {
            boot: newest,
            yours: boot,
          });
        session.write(
          'save-peer-boot',
          `insert into peer_boot (key, boots, since) values ($1, $2, $3) on conflict (key) do update set boots = excluded.boots, since = excluded.since`,
          [key, JSON.stringify([...new Set([...told.boots, ...(row?.boots ?? [])])].slice(0, 200)), created],
        );
      });
    },
    async moved(from, to) {
      await pool.query('update peer_boot set key = $2 where key = $1 and not exists (select from peer_boot where key = $2)', [from, to]);
    },
  };
}
