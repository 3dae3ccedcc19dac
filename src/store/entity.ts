import type { EntityRef } from '../core/entity.ts';
import type { EntityState } from '../engine/ports.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

interface EntityRow {
  entry: EntityState;
}

export async function readEntity(session: Session, instance: string, ref: EntityRef): Promise<EntityState | null> {
  const [row] = await session.read<EntityRow>('entity', 'select entry from entity where instance = $1 and ref = $2', [toKey(instance), toKey(ref)]);
  return row?.entry ?? null;
}

export async function readEntityByOrigin(session: Session, instance: string, origin: string): Promise<EntityRef | null> {
  const text = 'select entry from entity where instance = $1 and origin = $2';
  const [row] = await session.read<EntityRow>('entity-by-origin', text, [toKey(instance), toKey(origin)]);
  return row?.entry.ref ?? null;
}

export function saveEntity(session: Session, entity: EntityState): void {
  session.write(
    'save-entity',
    `insert into entity (instance, ref, origin, entry) values ($1, $2, $3, $4)
     on conflict (instance, ref) do update set origin = excluded.origin, entry = excluded.entry`,
    [toKey(entity.instance), toKey(entity.ref), toKey(entity.origin), toJson(entity)],
  );
}
