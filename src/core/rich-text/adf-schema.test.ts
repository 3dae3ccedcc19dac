import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ajvDraft04 from 'ajv-draft-04';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyDoc } from './arbitrary-doc.ts';
import { fromAdf, type ReadOptions, type RichText, toAdf, type WriteOptions } from './index.ts';

const folder = process.env.VENDOR_SPECS ?? fileURLToPath(new URL('../../../../shared/specs', import.meta.url));
const file = join(folder, 'adf-full.schema.json');
const absent = existsSync(file) ? '' : `${file} is not there: set VENDOR_SPECS to the folder that has the schema of the Atlassian document format`;
if (absent) process.stdout.write(`Not held against the schema: ${absent}\n`);
type Schema = { definitions: Record<string, { properties?: { type?: { enum?: string[] } } }> };
const schema: Schema = absent ? { definitions: {} } : JSON.parse(readFileSync(file, 'utf8'));
const valid = absent ? undefined : new (ajvDraft04 as unknown as typeof ajvDraft04.default)({ strict: false }).compile(schema);
const runs = Number(process.env.RICH_TEXT_RUNS ?? 400);

/** What the schema has against a document; empty: nothing. */
function faults(doc: RichText, options: WriteOptions): string {
  const adf = toAdf(doc, options);
  return valid?.(adf) ? '' : `${JSON.stringify(valid?.errors?.slice(-3))} in ${JSON.stringify(adf)}`;
}

type Corpus = { name: string; odd?: boolean; document: unknown };
const corpus = readFileSync(new URL('./testdata/adf-documents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Corpus => JSON.parse(line));

/** The types of all nodes and marks in a document. */
function typesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && typeof value.type === 'string' ? [value.type] : [];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => (key === 'attrs' ? [] : typesIn(inner)))];
}

/** Files that are at the tracker, that have only an address there, that can only be shown, and that are not there. */
const urlOf: WriteOptions['urlOf'] = (id) =>
  id === 'f1'
    ? { url: 'https://files.example/1', name: 'a.png', media: 'm1' }
    : id === 'f2'
      ? { url: '/secure/2', name: 'b.png' }
      : id === 'f3'
        ? { name: 'c.png', media: 'm3' }
        : undefined;

describe.skipIf(absent !== '')('the schema of the Atlassian document format', () => {
  test('allows what is written for any document', () => {
    fc.assert(
      fc.property(anyDoc, (doc) => {
        expect(faults(doc, { urlOf })).toBe('');
        expect(faults(doc, {})).toBe('');
      }),
      { numRuns: runs },
    );
  });

  test('allows the documents of the corpus, the odd ones apart', () => {
    for (const { name, odd, document } of corpus) if (!odd) expect(valid?.(document), `${name}: ${JSON.stringify(valid?.errors?.slice(-3))}`).toBe(true);
  });

  test('allows what is written for the documents of the corpus', () => {
    for (const { name, document } of corpus) {
      const fileOf: ReadOptions['fileOf'] = (id) => (id.startsWith('media:') ? { file: id.slice(6), name: 'a.png' } : undefined);
      expect(faults(fromAdf(document, { fileOf }), { urlOf }), name).toBe('');
    }
  });

  test('has no node and no mark that is not in the corpus', () => {
    const found = new Set(corpus.flatMap(({ document }) => typesIn(document)));
    const known = Object.values(schema.definitions).flatMap(({ properties }) => properties?.type?.enum ?? []);
    expect(known.length).toBeGreaterThan(60);
    expect(known.filter((type) => !found.has(type))).toEqual([]);
  });
});
