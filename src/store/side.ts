import type { Problem } from '../core/twin.ts';
import type { Side } from '../engine/ports.ts';
import { type Columns, restOf, saveColumns, toJson, toJsonOrNull } from './columns.ts';
import type { Session } from './session.ts';
import { fromText, toText } from './text.ts';

const OWN = [
  ...(['id', 'connection', 'name', 'description', 'mode', 'instance', 'scope', 'peer'] as const),
  ...(['leads', 'policy', 'status', 'start', 'problem', 'createdAt'] as const),
] as const;

const columns: Columns<Side> = {
  id: (side) => toText(side.id),
  connection: (side) => toText(side.connection),
  name: (side) => toText(side.name),
  description: (side) => toText(side.description),
  mode: (side) => side.mode,
  instance: (side) => toText(side.instance),
  scope: (side) => toText(side.scope),
  peer: (side) => toJson(side.peer),
  peer_key: (side) => side.peer.remote?.key ?? null,
  leads: (side) => side.leads,
  policy: (side) => side.policy,
  status: (side) => side.status,
  start: (side) => side.start,
  problem: (side) => toJsonOrNull(side.problem),
  created_at: (side) => side.createdAt,
  rest: (side) => toJson(restOf(side, OWN)),
};

/** A row of the table `side`. */
export interface SideRow {
  id: string;
  connection: string;
  name: string;
  description: string;
  mode: Side['mode'];
  instance: string;
  scope: string | null;
  peer: Side['peer'];
  peer_key: string | null;
  leads: boolean;
  policy: Side['policy'];
  status: Side['status'];
  start: Side['start'];
  problem: Problem | null;
  created_at: string;
  rest: Omit<Side, (typeof OWN)[number]>;
}

export const SIDE_COLUMNS = Object.keys(columns);

export const toSide = (row: SideRow): Side => ({
  ...row.rest,
  id: fromText(row.id),
  connection: fromText(row.connection),
  name: fromText(row.name),
  description: fromText(row.description),
  mode: row.mode,
  instance: fromText(row.instance),
  scope: fromText(row.scope),
  peer: row.peer,
  leads: row.leads,
  policy: row.policy,
  status: row.status,
  start: row.start,
  problem: row.problem,
  createdAt: row.created_at,
});

export async function readSide(session: Session, id: string): Promise<Side | null> {
  const [row] = await session.read<SideRow>('side', `select ${SIDE_COLUMNS.join(', ')} from side where id = $1`, [toText(id)]);
  return row ? toSide(row) : null;
}

export async function readSidesOfInstance(session: Session, instance: string): Promise<Side[]> {
  const text = `select ${SIDE_COLUMNS.join(', ')} from side where instance = $1 order by id`;
  return (await session.read<SideRow>('sides-of-instance', text, [toText(instance)])).map(toSide);
}

export function saveSide(session: Session, before: Side | undefined, side: Side): void {
  saveColumns(session, 'side', columns, before, side);
}
