import type { EntityRef } from '../core/entity.ts';
import type { Intent } from '../core/twin.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

export async function readIntentsOfEntity(session: Session, instance: string, entity: EntityRef): Promise<Intent[]> {
  const text = 'select entry from intent where instance = $1 and entity = $2 order by seq';
  return (await session.read<{ entry: Intent }>('intents-of-entity', text, [toKey(instance), toKey(entity)])).map((row) => row.entry);
}

export async function readIntentsOfTwin(session: Session, side: string, twin: string): Promise<Intent[]> {
  const text = 'select entry from intent where side = $1 and twin = $2 order by seq';
  return (await session.read<{ entry: Intent }>('intents-of-twin', text, [toKey(side), toKey(twin)])).map((row) => row.entry);
}

export async function readCreationIntents(session: Session, instance: string): Promise<Extract<Intent, { kind: 'entity' }>[]> {
  const text = `select entry from intent where instance = $1 and kind = 'entity' order by seq`;
  const rows = await session.read<{ entry: Extract<Intent, { kind: 'entity' }> }>('creation-intents', text, [toKey(instance)]);
  return rows.map((row) => row.entry);
}

export function saveIntent(session: Session, intent: Intent): void {
  session.write(
    'save-intent',
    `insert into intent (id, side, twin, instance, entity, kind, entry) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set side = excluded.side, twin = excluded.twin, instance = excluded.instance, entity = excluded.entity,
       kind = excluded.kind, entry = excluded.entry`,
    [toKey(intent.id), toKey(intent.side), toKey(intent.twin), toKey(intent.instance), toKey(intent.entity), intent.kind, toJson(intent)],
  );
}

export function dropIntents(session: Session, ids: readonly string[]): void {
  if (ids.length > 0) session.write('drop-intents', 'delete from intent where id = any($1)', [ids.map((id) => toKey(id))]);
}
