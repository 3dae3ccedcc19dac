import type pg from 'pg';
import type { Side } from '../engine/ports.ts';
import { SIDE_COLUMNS, type SideRow, toSide } from '../store/side.ts';

/** Which nodes our connections lead to. */
export interface Pinned {
  /** Our half of a connection whose other half is on another node. */
  sideOf(connection: string): Promise<Side | null>;
  /** Does any connection lead to a node with this key? */
  knows(key: string): Promise<boolean>;
  /** Halves that an error of this code has stopped. */
  troubled(code: string): Promise<readonly Side[]>;
  /** Halves whose other side cannot call us: those of private instances; `all`: of every instance. */
  uncallable(all: boolean): Promise<readonly Side[]>;
}

export function createPinned(pool: pg.Pool): Pinned {
  const read = async (name: string, where: string, values: unknown[]): Promise<Side[]> => {
    const text = `select ${SIDE_COLUMNS.join(', ')} from side where peer_key is not null and ${where} order by id`;
    return (await pool.query<SideRow>({ name: `pinned-${name}`, text, values })).rows.map(toSide);
  };
  return {
    sideOf: async (connection) => (await read('of', 'connection = $1', [connection]))[0] ?? null,
    knows: async (key) => (await read('by-key', 'peer_key = $1', [key])).length > 0,
    troubled: (code) => read('troubled', `status = 'error' and problem ->> 'code' = $1`, [code]),
    uncallable: (all) =>
      read(
        'uncallable',
        `status <> 'pending' and ($1 or exists (select from instance i where i.id = side.instance and i.rest -> 'preferences' ->> 'reach' = 'private'))`,
        [all],
      ),
  };
}
