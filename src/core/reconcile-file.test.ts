import { describe, expect, test } from 'vitest';
import { type FileInput, type FilePlan, reconcileFile } from './reconcile-file.ts';
import type { FileEntry } from './replica.ts';
import type { Trace } from './twin.ts';

const at = '2026-01-02T03:04:05.000Z';
const file = (size: number | null = 3): FileEntry => ({ name: 'a.txt', type: 'text/plain', size, comment: null, at });
const DELETED = { deleted: true } as const;
const MB = 1024 * 1024;
const ABLE: FileInput['powers'] = { add: 'entity', delete: true, maxBytes: 10 * MB };

const trace = (via: string | null, tomb: Trace['tomb'] = null): Trace => ({
  instance: 'i',
  entity: '1',
  kind: 'file',
  gid: 'g',
  local: 'f1',
  via,
  tomb,
  author: null,
  carrier: false,
  peers: {},
});

const COPY = trace('this twin');
const ORIGINAL = trace(null);
const FROM_ELSEWHERE = trace('another twin');

/** A file that we hold and that they mention. */
const input = (more: Partial<FileInput>): FileInput => ({
  twin: 'this twin',
  before: null,
  after: file(),
  trace: null,
  present: true,
  adopt: null,
  powers: ABLE,
  ...more,
});
const gone = (more: Partial<FileInput>): FileInput => input({ before: file(), after: DELETED, trace: COPY, ...more });

type Row = [name: string, input: FileInput, plan: FilePlan];

const added: Row[] = [
  ['a new file is attached', input({}), { do: 'add', fold: file() }],
  ['a file goes with a comment where the tracker holds none otherwise', input({ powers: { ...ABLE, add: 'comment' } }), { do: 'add', fold: file() }],
  ['a file that stands here already is adopted, not attached twice', input({ adopt: 'f9' }), { adopt: 'f9', fold: file() }],
  [
    'a file that stands here already is adopted even where none could be attached',
    input({ adopt: 'f9', powers: { ...ABLE, add: 'none', maxBytes: 0 } }),
    { adopt: 'f9', fold: file() },
  ],
  ['a file differs where none can be attached', input({ powers: { ...ABLE, add: 'none' } }), { differs: '“a.txt” cannot be attached here' }],
  ['a file of exactly the limit is attached', input({ after: file(10 * MB) }), { do: 'add', fold: file(10 * MB) }],
  [
    'a file that is too large differs, with both sizes',
    input({ after: file(12 * MB) }),
    { differs: '“a.txt” (12 MB) is larger than the 10 MB that can be attached here' },
  ],
  [
    'a small limit is told with a decimal',
    input({ after: file(2.5 * MB), powers: { ...ABLE, maxBytes: 2 * MB } }),
    { differs: '“a.txt” (2.5 MB) is larger than the 2.0 MB that can be attached here' },
  ],
  ['a file one byte too large differs', input({ after: file(11), powers: { ...ABLE, maxBytes: 10 } }), { differs: expect.stringContaining('is larger than') }],
  ['a file of unknown size is tried', input({ after: file(null) }), { do: 'add', fold: file(null) }],
  ['a file that we have by its trace is not attached again', input({ trace: COPY }), { fold: file() }],
  ['a file that was never here needs no deletion', gone({ trace: null }), {}],
];

const silent: Row[] = [
  ['a file that they mention without a change means nothing', input({ before: file() }), {}],
  ['another name under the same id means nothing', input({ before: file(), after: { ...file(), name: 'b.txt' } as FileEntry, trace: COPY }), {}],
  ['a deletion that we were told before means nothing', gone({ before: DELETED }), {}],
];

const deleted: Row[] = [
  ['a copy goes when its original is deleted', gone({}), { do: 'delete', fold: DELETED, tomb: 'deleted' }],
  ['a copy that a person removed already is remembered as deleted', gone({ present: false }), { fold: DELETED, tomb: 'deleted' }],
  [
    'a copy that a person removed already is remembered as deleted where nothing can be deleted',
    gone({ present: false, powers: { ...ABLE, delete: false } }),
    { fold: DELETED, tomb: 'deleted' },
  ],
  [
    'a copy stays and differs where files cannot be deleted',
    gone({ powers: { ...ABLE, delete: false } }),
    { differs: 'deleted at its origin, cannot be deleted here' },
  ],
  ['our original stays when they delete their copy', gone({ trace: ORIGINAL }), {}],
  ['our original that is no longer here is no business of theirs', gone({ trace: ORIGINAL, present: false }), {}],
  ['a copy of a third side stays when they delete theirs', gone({ trace: FROM_ELSEWHERE }), {}],
];

const tombs: Row[] = [
  ['a copy that a person deleted here is not attached again', input({ trace: trace('this twin', 'copy') }), { fold: file() }],
  ['a copy that a person deleted here stays a deleted copy when the original goes too', gone({ trace: trace('this twin', 'copy') }), { fold: DELETED }],
  ['a deleted file does not come back', input({ trace: trace('this twin', 'deleted') }), { fold: file() }],
  ['a deleted file stays deleted when it is said once more', gone({ trace: trace(null, 'deleted') }), { fold: DELETED, tomb: 'deleted' }],
  ['a withdrawn file that is deleted counts as deleted', gone({ trace: trace('this twin', 'withdrawn') }), { fold: DELETED, tomb: 'deleted' }],
  ['a deleted file does not come back by adoption either', input({ trace: trace('this twin', 'deleted'), adopt: 'f9' }), { fold: file() }],
];

describe('a file that is mentioned', () => {
  test.each([...added, ...silent])('%s', (_name, given, plan) => {
    expect(reconcileFile(given)).toEqual(plan);
  });
});

describe('a file that is deleted', () => {
  test.each([...deleted, ...tombs])('%s', (_name, given, plan) => {
    expect(reconcileFile(given)).toEqual(plan);
  });
});
