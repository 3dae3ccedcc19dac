import { same } from '../core/replica.ts';
import type { Problem } from '../core/twin.ts';
import type { Instance } from '../engine/ports.ts';
import type { Vault } from '../lib/secrets.ts';
import { type Columns, restOf, saveColumns, toJson, toJsonOrNull } from './columns.ts';
import type { Session } from './session.ts';
import { fromText, toText } from './text.ts';

/** Associated data of what is sealed: a value that was moved to another row, or to the other column, does not open. */
const settingsId = (instance: string) => `instance/${instance}/settings`;
const webhookId = (instance: string) => `instance/${instance}/webhook`;

const seal = (vault: Vault, value: unknown, id: string) => vault.seal(Buffer.from(JSON.stringify(value)), id);
const open = (vault: Vault, sealed: Buffer, id: string) => JSON.parse(vault.open(sealed, id).toString()) as unknown;

const OWN = ['id', 'slug', 'platform', 'name', 'url', 'defaultType', 'settings', 'webhook', 'pausedUntil', 'problem', 'cursor', 'polledAt'] as const;

const plain: Columns<Instance> = {
  id: (instance) => toText(instance.id),
  slug: (instance) => toText(instance.slug),
  platform: (instance) => toText(instance.platform),
  name: (instance) => toText(instance.name),
  url: (instance) => toText(instance.url),
  default_type: (instance) => toText(instance.defaultType),
  paused_until: (instance) => instance.pausedUntil,
  problem: (instance) => toJsonOrNull(instance.problem),
  cursor: (instance) => toText(instance.cursor),
  polled_at: (instance) => instance.polledAt,
  rest: (instance) => toJson(restOf(instance, OWN)),
};

interface PlainRow {
  id: string;
  slug: string;
  platform: string;
  name: string;
  url: string;
  default_type: string | null;
  paused_until: string | null;
  problem: Problem | null;
  cursor: string | null;
  polled_at: string | null;
  rest: Omit<Instance, (typeof OWN)[number]>;
}

interface InstanceRow extends PlainRow {
  settings: Buffer;
  webhook: Buffer | null;
}

const toPlain = (row: PlainRow) => ({
  ...row.rest,
  id: fromText(row.id),
  slug: fromText(row.slug),
  platform: fromText(row.platform),
  name: fromText(row.name),
  url: fromText(row.url),
  defaultType: fromText(row.default_type),
  pausedUntil: row.paused_until,
  problem: row.problem,
  cursor: fromText(row.cursor),
  polledAt: row.polled_at,
});

/** Throws SecretError when the settings were sealed with another key. */
export async function readInstance(session: Session, vault: Vault, id: string): Promise<Instance | null> {
  const text = `select ${[...Object.keys(plain), 'settings', 'webhook'].join(', ')} from instance where id = $1`;
  const [row] = await session.read<InstanceRow>('instance', text, [toText(id)]);
  if (!row) return null;
  return {
    ...toPlain(row),
    settings: open(vault, row.settings, settingsId(id)) as Instance['settings'],
    webhook: row.webhook && (open(vault, row.webhook, webhookId(id)) as Instance['webhook']),
  };
}

export function saveInstance(session: Session, vault: Vault, before: Instance | undefined, instance: Instance): void {
  // Sealing gives other bytes every time, so what has not changed must be the very same buffer.
  const unchanged = Buffer.alloc(0);
  const sealed = (name: 'settings' | 'webhook', id: string) => (row: Instance) => {
    if (before && same(before[name], instance[name])) return unchanged;
    return row[name] === null ? null : seal(vault, row[name], id);
  };
  const columns = { ...plain, settings: sealed('settings', settingsId(instance.id)), webhook: sealed('webhook', webhookId(instance.id)) };
  saveColumns(session, 'instance', columns, before, instance);
}
