import type { EntenteError } from '../core/errors.ts';

/** Where a command writes. Results go to `out`, everything else to `err`, so that a pipe gets results only. */
export interface Output {
  readonly json: boolean;
  readonly terminal: boolean;
  out(text: string): void;
  err(text: string): void;
  /** Replaces the line that is being drawn; only on a terminal. */
  draw(line: string): void;
}

export function createOutput(json: boolean): Output {
  const terminal = !json && process.stdout.isTTY === true;
  process.stdout.on('error', readerGone);
  return {
    json,
    terminal,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    draw: (line) => void process.stdout.write(`\r\u001b[2K${line}`),
  };
}

/** `… | head` has seen enough: what the node was asked to do goes on without us. */
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

/** `--json` prints what the node answered; otherwise people get `text`. */
export function show(output: Output, value: unknown, text: () => string): void {
  output.out(output.json ? JSON.stringify(value, null, 2) : text());
}

/** Columns as wide as their content, without a frame: it can be read and cut. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  if (rows.length === 0) return empty;
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const ago = (iso: string | null): string => (iso ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC` : 'never');

/** Exit codes: 0 all is well, 1 a problem, 2 the command was wrong, 3 the node cannot be reached. */
export function exitCodeOf(error: EntenteError): number {
  return error.code === 'node-unreachable' ? 3 : error.code === 'invalid-input' ? 2 : 1;
}

/** The sentence, what to do, the code. */
export function showError(output: Output, error: EntenteError): void {
  const { code, message, remedy, details } = error;
  output.err(output.json ? JSON.stringify({ code, message, remedy, details }, null, 2) : `${message}\n  ${remedy}\n  (${code})`);
}
