/** Takes back one write. */
export type Undo = () => void;

/** A key of several parts that no other parts can make. */
export const keyOf = (first: string, second: string, third = ''): string => `${first.length}:${second.length}:${first}${second}${third}`;

interface Index<Row> {
  readonly of: (row: Row) => string | null;
  readonly buckets: Map<string, Map<string, Row>>;
}

/** Rows by key, and by further keys that many rows may share. Rows are kept by reference; each write says how to take it back. */
export class Table<Row> {
  readonly rows = new Map<string, Row>();
  readonly #key: (row: Row) => string;
  readonly #indexes: readonly Index<Row>[];

  constructor(key: (row: Row) => string, ...indexes: ((row: Row) => string | null)[]) {
    this.#key = key;
    this.#indexes = indexes.map((of) => ({ of, buckets: new Map() }));
  }

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** The rows of an index's key, in the order in which they came under it. */
  find(index: number, key: string): Row[] {
    const bucket = this.#indexes[index]?.buckets.get(key);
    return bucket ? Array.from(bucket.values()) : [];
  }

  put(row: Row, undo: Undo[]): void {
    const key = this.#key(row);
    const before = this.rows.get(key);
    this.rows.set(key, row);
    for (const index of this.#indexes) {
      const from = before === undefined ? null : index.of(before);
      const to = index.of(row);
      if (from !== null && from !== to) take(index, from, key, undo);
      if (to === null) continue;
      const bucket = index.buckets.get(to) ?? new Map<string, Row>();
      index.buckets.set(to, bucket);
      const inPlace = bucket.get(key);
      bucket.set(key, row);
      undo.push(inPlace === undefined ? () => void bucket.delete(key) : () => void bucket.set(key, inPlace));
    }
    undo.push(before === undefined ? () => void this.rows.delete(key) : () => void this.rows.set(key, before));
  }

  delete(key: string, undo: Undo[]): void {
    const before = this.rows.get(key);
    if (before === undefined) return;
    this.rows.delete(key);
    for (const index of this.#indexes) {
      const from = index.of(before);
      if (from !== null) take(index, from, key, undo);
    }
    undo.push(() => void this.rows.set(key, before));
  }

  /** Replaces everything. */
  fill(rows: Iterable<Row>): void {
    this.rows.clear();
    for (const index of this.#indexes) index.buckets.clear();
    const undo: Undo[] = [];
    for (const row of rows) this.put(row, undo);
  }
}

function take<Row>(index: Index<Row>, from: string, key: string, undo: Undo[]): void {
  const bucket = index.buckets.get(from);
  if (!bucket) return;
  // The order of a bucket is part of what readers see, so taking back restores the whole of it.
  const before = Array.from(bucket);
  bucket.delete(key);
  undo.push(() => {
    bucket.clear();
    for (const [k, row] of before) bucket.set(k, row);
  });
}
