import { same } from '../core/replica.ts';
import type { Problem } from '../core/twin.ts';
import type { Instance } from '../engine/ports.ts';
import type { Vault } from '../lib/secrets.ts';
import { type Columns, saveColumns, toJsonOrNull } from './columns.ts';
import type { Session } from './session.ts';
import { fromText, toText } from './text.ts';

/** Associated data of what is sealed: a value that was moved to another row, or to the other column, does not open. */
export const settingsId = (instance: string) => `instance/${instance}/settings`;
export const webhookId = (instance: string) => `instance/${instance}/webhook`;

const seal = (vault: Vault, value: unknown, id: string) => vault.seal(Buffer.from(JSON.stringify(value)), id);
const open = (vault: Vault, sealed: Buffer, id: string) => JSON.parse(vault.open(sealed, id).toString()) as unknown;

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
  created_at: (instance) => instance.createdAt,
};

interface InstanceRow {
  id: string;
  slug: string;
  platform: string;
  name: string;
  url: string;
  settings: Buffer;
  default_type: string | null;
  paused_until: string | null;
  problem: Problem | null;
  cursor: string | null;
  polled_at: string | null;
  webhook: Buffer | null;
  created_at: string;
}

/** What may be shown of an instance: no settings, no secrets. */
export type PublicInstance = Omit<Instance, 'settings' | 'webhook'> & { readonly hasWebhook: boolean };
export type PublicInstanceRow = Omit<InstanceRow, 'settings' | 'webhook'> & { has_webhook: boolean };

export const PUBLIC_INSTANCE_COLUMNS = [...Object.keys(plain), 'webhook is not null as has_webhook'].join(', ');

const toPlain = (row: Omit<InstanceRow, 'settings' | 'webhook'>) => ({
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
  createdAt: row.created_at,
});

export const toPublicInstance = (row: PublicInstanceRow): PublicInstance => ({ ...toPlain(row), hasWebhook: row.has_webhook });

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
