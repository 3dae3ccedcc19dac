/** What one benchmark found. */
export interface Result {
  readonly name: string;
  /** By name; the unit is in the name. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** The measured relation that the goal is about; null: there is no goal. */
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

export interface Options {
  readonly quick: boolean;
  /** Tells how far it has come. */
  readonly say: (line: string) => void;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
export const median = (values: readonly number[]): number => percentile(values, 0.5);
export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** Rows with aligned columns; the first one is the head. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts
    .map((row) =>
      `  ${row.map((cell, column) => (Number.isNaN(Number(cell)) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}
