import type { Session } from './session.ts';

/** How a row's members go to columns. Values that compare as `===` count as unchanged. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string | number | boolean | Buffer | null>>;

/** Inserts the row; where it was read before in this transaction, writes only what has changed since, so that two writers of different columns do not undo each other. */
export function saveColumns<Row extends { readonly id: string }>(
  session: Session,
  table: string,
  columns: Columns<Row>,
  before: Row | undefined,
  row: Row,
): void {
  const names = Object.keys(columns);
  if (!before) {
    const values = names.map((name) => columns[name]?.(row));
    session.write(
      `save-${table}`,
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})
       on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      values,
    );
    return;
  }
  const changed = names.filter((name) => columns[name]?.(before) !== columns[name]?.(row));
  if (changed.length === 0) return;
  session.write(null, `update ${table} set ${changed.map((name, i) => `${name} = $${i + 2}`).join(', ')} where id = $1`, [
    columns.id?.(row),
    ...changed.map((name) => columns[name]?.(row)),
  ]);
}

/** A value for a `json` column. */
export const toJson = (value: unknown): string => JSON.stringify(value);
/** The same, where null is the database's null. */
export const toJsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** The members of a row that have no column of their own. */
export function restOf<Row extends object, Own extends keyof Row>(row: Row, own: readonly Own[]): Omit<Row, Own> {
  const rest = { ...row };
  for (const name of own) delete rest[name];
  return rest;
}
