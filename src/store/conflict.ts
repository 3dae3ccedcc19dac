import type { Conflict } from '../engine/ports.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

export function addConflict(session: Session, conflict: Conflict): void {
  session.write('add-conflict', 'insert into conflict (id, side, twin, at, entry) values ($1, $2, $3, $4, $5)', [
    toKey(conflict.id),
    toKey(conflict.side),
    toKey(conflict.twin),
    conflict.at,
    toJson(conflict),
  ]);
}
