import type pg from 'pg';
import type { Vault } from '../lib/secrets.ts';
import { inSession } from './session.ts';
import { fromText } from './text.ts';

/** Everything that is sealed, with the record that it is bound to. */
const SEALED: readonly {
  readonly table: string;
  readonly column: string;
  /** What names a row. */
  readonly by: readonly string[];
  readonly record: (...by: string[]) => string;
}[] = [
  { table: 'instance', column: 'settings', by: ['id'], record: (id = '') => `instance/${fromText(id)}/settings` },
  { table: 'instance', column: 'webhook', by: ['id'], record: (id = '') => `instance/${fromText(id)}/webhook` },
  { table: 'node', column: 'secret', by: ['id'], record: () => 'node/key' },
  { table: 'node_secret', column: 'secret', by: ['name'], record: (name = '') => `node/${name}` },
  { table: 'former_key', column: 'secret', by: ['side'], record: () => 'node/key' },
  { table: 'handshake', column: 'secret', by: ['kind', 'id'], record: (kind = '', id = '') => `handshake/${kind}/${id}` },
];

/**
 * Seals everything anew that an older key has sealed; after that, the older key can go. Returns how many secrets it touched. Throws SecretError when none
 * of the keys fits.
 */
export async function reseal(pool: pg.Pool, vault: Vault): Promise<number> {
  let touched = 0;
  for (const { table, column, by, record } of SEALED) {
    const names = by.join(', ');
    const where = by.map((name, i) => `${name} = $${i + 1}`).join(' and ');
    const { rows } = await pool.query<Record<string, string>>(`select ${names} from ${table} where ${column} is not null order by ${names}`);
    for (const row of rows) {
      const key = by.map((name) => row[name] ?? '');
      await inSession(pool, async (session) => {
        const [found] = await session.read<{ sealed: Buffer | null }>(
          `sealed-${table}-${column}`,
          `select ${column} as sealed from ${table} where ${where} for update`,
          key,
        );
        const fresh = found?.sealed ? vault.reseal(found.sealed, record(...key)) : null;
        if (!fresh) return;
        session.write(null, `update ${table} set ${column} = $${by.length + 1} where ${where}`, [...key, fresh]);
        touched++;
      });
    }
  }
  return touched;
}
