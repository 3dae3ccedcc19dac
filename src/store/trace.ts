import type { EntityRef } from '../core/entity.ts';
import type { Trace } from '../core/twin.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

export async function readTraces(session: Session, instance: string, entity: EntityRef): Promise<Trace[]> {
  const text = 'select entry from trace where instance = $1 and entity = $2 order by seq';
  return (await session.read<{ entry: Trace }>('traces', text, [toKey(instance), toKey(entity)])).map((row) => row.entry);
}

export function saveTrace(session: Session, trace: Trace): void {
  session.write(
    'save-trace',
    `insert into trace (instance, entity, gid, kind, local, entry) values ($1, $2, $3, $4, $5, $6)
     on conflict (instance, entity, gid) do update set kind = excluded.kind, local = excluded.local, entry = excluded.entry`,
    [toKey(trace.instance), toKey(trace.entity), toKey(trace.gid), trace.kind, toKey(trace.local), toJson(trace)],
  );
}

export function dropTrace(session: Session, trace: Trace): void {
  session.write('drop-trace', 'delete from trace where instance = $1 and entity = $2 and gid = $3', [
    toKey(trace.instance),
    toKey(trace.entity),
    toKey(trace.gid),
  ]);
}
