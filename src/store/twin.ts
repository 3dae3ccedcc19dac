import type { EntityRef } from '../core/entity.ts';
import type { Flight, Shadow, Twin } from '../core/twin.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

/** The large parts of a twin have columns of their own, so that they are written only when they changed. */
export interface TwinRow {
  shadow: Shadow;
  flight: Flight | null;
  inbox: Twin['inbox'];
  rest: Omit<Twin, 'shadow' | 'flight' | 'inbox'>;
}

export const TWIN_COLUMNS = 'shadow, flight, inbox, rest';
export const toTwin = ({ shadow, flight, inbox, rest }: TwinRow): Twin => ({ ...rest, shadow, flight, inbox });

/** Locks all twins of the twin's entity, in the order of side and id, as `readTwinsOfEntity` does: so two runners never wait for each other in a ring. */
export async function readTwin(session: Session, side: string, id: string): Promise<Twin | null> {
  const rows = await session.read<TwinRow>(
    'twin',
    `select ${TWIN_COLUMNS} from twin
     where (side, id) in (
       select $1::text, $2::text
       union all
       select other.side, other.id from twin this join twin other on other.instance = this.instance and other.local = this.local where this.side = $1 and this.id = $2)
     order by side, id for update`,
    [toKey(side), toKey(id)],
  );
  const row = rows.find(({ rest }) => rest.side === side && rest.id === id);
  return row ? toTwin(row) : null;
}

export async function readTwinsOfEntity(session: Session, instance: string, ref: EntityRef): Promise<Twin[]> {
  const text = `select ${TWIN_COLUMNS} from twin where instance = $1 and local = $2 order by side, id for update`;
  return (await session.read<TwinRow>('twins-of-entity', text, [toKey(instance), toKey(ref)])).map(toTwin);
}

export async function readTwinsOfSide(session: Session, side: string, after: string | null, limit: number): Promise<Twin[]> {
  const text = `select ${TWIN_COLUMNS} from twin where side = $1 and id > $2 order by id limit $3`;
  return (await session.read<TwinRow>('twins-of-side', text, [toKey(side), toKey(after ?? ''), limit])).map(toTwin);
}

export async function readCreationsPending(session: Session, instance: string): Promise<boolean> {
  const text = `select exists (select 1 from twin where instance = $1 and local is null and status = 'active') as pending`;
  const [row] = await session.read<{ pending: boolean }>('creations-pending', text, [toKey(instance)]);
  return row?.pending ?? false;
}

/** `before`: the twin as this transaction has read it, locked. */
export function saveTwin(session: Session, before: Twin | undefined, twin: Twin): void {
  const { shadow, flight, inbox, ...rest } = twin;
  const keys = [toKey(twin.side), toKey(twin.id)];
  const small = [
    toKey(twin.instance),
    toKey(twin.local),
    toKey(twin.entity?.urn ?? null),
    toKey(twin.peer?.urn ?? null),
    twin.status,
    twin.problem?.level ?? null,
    twin.inSyncAt,
    toJson(rest),
  ];
  if (!before) {
    session.write(
      'save-twin',
      `insert into twin (side, id, instance, local, local_urn, peer_urn, status, problem_level, in_sync_at, rest, shadow, flight, inbox)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       on conflict (side, id) do update set instance = excluded.instance, local = excluded.local, local_urn = excluded.local_urn, peer_urn = excluded.peer_urn,
         status = excluded.status, problem_level = excluded.problem_level, in_sync_at = excluded.in_sync_at, rest = excluded.rest,
         shadow = excluded.shadow, flight = excluded.flight, inbox = excluded.inbox`,
      [...keys, ...small, toJson(shadow), toJson(flight), toJson(inbox)],
    );
    return;
  }
  // Rows are values: the same reference has the same content. Null leaves a column as it is (an absent flight is the JSON text `null`).
  const large = (['shadow', 'flight', 'inbox'] as const).map((name) => (before[name] === twin[name] ? null : toJson(twin[name])));
  session.write(
    'update-twin',
    `update twin set instance = $3, local = $4, local_urn = $5, peer_urn = $6, status = $7, problem_level = $8, in_sync_at = $9, rest = $10,
       shadow = coalesce($11, shadow), flight = coalesce($12, flight), inbox = coalesce($13, inbox)
     where side = $1 and id = $2`,
    [...keys, ...small, ...large],
  );
}
