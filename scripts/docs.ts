import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Capabilities, Connector } from '../src/connectors/connector.ts';
import { connectors } from '../src/connectors/index.ts';
import { ERRORS, type ErrorLevel } from '../src/core/errors.ts';

const root = path.resolve(import.meta.dirname, '..');
const [BEGIN, END] = ['<!-- capabilities -->', '<!-- /capabilities -->'];

/** What in docs/ is made from the code: path → the text that the file should have. */
export function madeDocs(): Record<string, string> {
  const guide = fs.readFileSync(path.join(root, 'docs/connectors.md'), 'utf8');
  return { 'docs/errors.md': errors(), 'docs/connectors.md': withTable(guide, capabilities(connectors)) };
}

const LEVELS: Record<ErrorLevel, string> = {
  twin: 'Stops one twin. All others go on.',
  connection: 'Stops the connection, until what stands in the way is gone.',
  instance: 'Stops everything on the instance: no call to that tracker could succeed.',
  request: 'Stops nothing: it is the answer to what somebody asked for, and nothing has been changed.',
};

function errors(): string {
  const parts = [
    '<!-- Made from src/core/errors.ts by `make docs`. -->',
    '# Errors',
    'Every error has a code, a sentence that says what happened in this case, and what to do. The console, the command line and the REST API show all three. What has been mended goes on from the current state of both entities: nothing has to be replayed, and nothing that changed in the meantime is lost.',
  ];
  for (const [level, intro] of Object.entries(LEVELS)) {
    const rows = Object.entries(ERRORS).filter(([, error]) => error.level === level);
    if (rows.length === 0) continue;
    const lines = rows.map(([code, { means, remedy, status }]) => `| \`${code}\` | ${cell(means)} | ${cell(remedy)} | ${status} |`);
    parts.push(
      `## ${level[0]?.toUpperCase()}${level.slice(1)}`,
      intro,
      ['| code | what it means | what to do | HTTP |', '| --- | --- | --- | --- |', ...lines].join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

const yes = (does: boolean): string => (does ? 'yes' : 'no');
const seconds = (ms: number): string => (ms === 0 ? 'never' : `${ms / 1000} s`);
const MARKER = { atomic: 'in the creating call', after: 'in a second call', none: 'not at all' } as const;
const ROWS: readonly (readonly [string, (can: Capabilities) => string])[] = [
  ['refuses a write on a stale base', (can) => yes(can.compareAndSet)],
  ['tells what a write replaced', (can) => yes(can.journal)],
  ['fields, comment and files in one write', (can) => yes(can.oneWrite)],
  ['a version is exactly one content', (can) => yes(can.exactVersions)],
  ['marker of an entity', (can) => MARKER[can.entityMarker]],
  ['marker of a comment', (can) => MARKER[can.comments.marker]],
  ['internal comments', (can) => yes(can.comments.internal)],
  ['edit a comment', (can) => yes(can.comments.edit)],
  ['delete a comment', (can) => yes(can.comments.delete)],
  ['make a public comment internal', (can) => yes(can.comments.hide)],
  ['make an internal comment public', (can) => yes(can.comments.publish)],
  ['files belong to', (can) => ({ entity: 'the entity', comment: 'a comment', none: 'none' })[can.files.add]],
  ['delete a file', (can) => yes(can.files.delete)],
  ['largest file', (can) => (can.files.maxBytes >= 1024 ** 4 ? 'any' : `${can.files.maxBytes / 1024 / 1024} MB`)],
  ['summary', (can) => `${can.summary.support}, ${can.summary.maxChars} characters`],
  ['description', (can) => `${can.description.support}, ${can.description.maxBytes.toLocaleString('en')} bytes`],
  ['edit the description', (can) => yes(can.description.edit)],
  ['text', (can) => can.richText],
  ['webhooks', (can) => yes(can.webhooks)],
  ['link to the other side’s entity', (can) => yes(can.backLinks)],
  ['a write may land after a time-out for', (can) => seconds(can.settleMs)],
  ['the search index lags', (can) => seconds(can.searchLagMs)],
];

function capabilities(all: readonly Connector[]): string {
  const columns = all.flatMap((connector) => {
    if (!connector.examples.length) throw new Error(`${connector.id} has no example settings, so nothing can be said of what it can do.`);
    return connector.examples.map(({ name, settings }) => ({ title: name, can: capabilitiesOf(connector, settings) }));
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const titles = columns.map(({ title }) => title);
  return [
    line(['', ...titles]),
    line(['---', ...titles.map(() => '---')]),
    ...ROWS.map(([name, of]) => line([name, ...columns.map(({ can }) => of(can))])),
  ].join('\n');
}

function capabilitiesOf(connector: Connector, settings: Readonly<Record<string, unknown>>): Capabilities {
  const http = { request: () => Promise.reject(new Error('The documentation calls no tracker.')) };
  // As on a node that people can open: there, files that a tracker does not take are links.
  const fileLinks = { url: () => '', fileOf: () => undefined, open: http.request };
  const deps = { http: http as never, now: () => 0, saveSettings: () => Promise.resolve(), fileLinks };
  return connector.open(connector.settings.parse(settings), deps).capabilities;
}

function withTable(text: string, table: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/connectors.md has no place for the table: ${BEGIN} … ${END}`);
  return `${text.slice(0, from + BEGIN.length)}\n\n${table}\n\n${text.slice(to)}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Those of `made` whose file, as `read` knows it, says something else or is not there. */
export function staleDocs(made: Readonly<Record<string, string>>, read: (file: string) => string | null): string[] {
  return Object.keys(made).filter((file) => read(file) !== made[file]);
}

function main(options: readonly string[]): void {
  const wrong = options.filter((option) => option !== '--check');
  if (wrong.length > 0) {
    console.error(`scripts/docs.ts knows only --check, not ${wrong.join(' ')}.`);
    process.exitCode = 2;
    return;
  }
  const made = madeDocs();
  const stale = staleDocs(made, (file) => (fs.existsSync(path.join(root, file)) ? fs.readFileSync(path.join(root, file), 'utf8') : null));
  if (options.includes('--check')) {
    for (const file of stale) console.error(`${file} is not what the code says. Run: make docs`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  for (const file of stale) fs.writeFileSync(path.join(root, file), made[file] ?? '');
  console.log(stale.length === 0 ? 'Everything is up to date.' : stale.join('\n'));
}

// Only as a program: a test imports this file.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
