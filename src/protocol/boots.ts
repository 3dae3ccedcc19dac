import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseList } from './structured-fields.ts';

/**
 * Each run of a node has an id, and remembers those before it, the newest first. Of two nodes with the same identity each goes on by itself, so that their
 * runs are no longer one chain.
 */
export type Boots = readonly [string, ...string[]];

/** What a node remembers of its runs, and what it tells of them. */
const KEEP = 200;
const TELL = 12;

export const withBoot = (boot: string, before: readonly string[]): Boots => [boot, ...before.filter((one) => one !== boot)].slice(0, KEEP) as unknown as Boots;

/** `real`: the run that began when an operator said that this is the real one. */
export const bootHeader = (boots: Boots, real: string | null): string =>
  boots
    .slice(0, TELL)
    .map((boot) => (boot === real ? `${boot};real` : boot))
    .join(', ');

/** Null: no such header. */
export function readBootHeader(text: string): { readonly boots: Boots; readonly real: string | null } | null {
  const items = parseList(text);
  const boots = items?.map(({ value }) => (typeof value === 'object' && 'token' in value ? value.token : '')) ?? [];
  const [newest, ...older] = boots;
  if (newest === undefined || boots.length > 50 || boots.some((boot) => !/^[a-z][0-9a-z]{3,63}$/.test(boot))) return null;
  return { boots: [newest, ...older], real: boots[items?.findIndex(({ params }) => params.get('real') === true) ?? -1] ?? null };
}

/** The note about this node that is kept outside the database: a copy of the database alone does not have it. */
const Note = z.object({ node: z.string(), boots: z.tuple([z.string()], z.string()) });
type Note = z.infer<typeof Note>;

const fileIn = (home: string): string => path.join(home, 'node');

export function readNote(home: string): Note | null {
  try {
    return Note.parse(JSON.parse(fs.readFileSync(fileIn(home), 'utf8')));
  } catch {
    // Not there, or half written by a machine that lost its power: in doubt, an operator is asked.
    return null;
  }
}

export function writeNote(home: string, note: Note): void {
  const fresh = `${fileIn(home)}.${process.pid}`;
  fs.writeFileSync(fresh, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true });
  fs.renameSync(fresh, fileIn(home));
}

/** Does the note fit the database? `ahead`: the database has gone back in time. `other`: it is the note of another node, or there is none. */
export function compareNote(note: Note | null, node: { readonly id: string; readonly boots: Boots }): 'fits' | 'ahead' | 'other' {
  if (note?.node !== node.id) return 'other';
  if (node.boots.includes(note.boots[0])) return 'fits';
  return note.boots.includes(node.boots[0]) ? 'ahead' : 'other';
}
