import { describe, expect, test } from 'vitest';
import type { Fields } from './entity.ts';
import { type Decision, type FieldsInput, type FieldsPlan, reconcileFields } from './reconcile.ts';
import { docOf } from './rich-text/index.ts';

const NOTHING: FieldsPlan = { write: {}, agree: {}, keep: {}, hold: {}, release: [], conflicts: [], differs: {} };
const REASON = 'cannot be written here';

const QUIET: FieldsInput = { before: {}, after: {}, shadow: {}, current: {}, held: {}, intents: {}, decide: 'theirs', declined: () => null };

interface Situation {
  readonly theirs: boolean;
  readonly ours: boolean;
  readonly equal: boolean;
  readonly held: boolean;
  /** `ours`: what stands here is what a run that was cut off meant to write; `other`: something else stands here. */
  readonly intent: 'none' | 'ours' | 'other';
  readonly declined: boolean;
  readonly decide: Decision;
}

const BOTH = [false, true];
const SITUATIONS: Situation[] = BOTH.flatMap((theirs) =>
  BOTH.flatMap((ours) =>
    BOTH.flatMap((equal) =>
      BOTH.flatMap((held) =>
        (['none', 'ours', 'other'] as const).flatMap((intent) =>
          BOTH.flatMap((declined) => (['ours', 'theirs', 'hold'] as const).map((decide) => ({ theirs, ours, equal, held, intent, declined, decide }))),
        ),
      ),
    ),
  ),
);

interface Values {
  readonly ours: string;
  readonly theirs: string;
}

/** Concrete values of one field in which exactly the situation holds. What they want is never what the shadow has, unless we already have it. */
function stage(s: Situation): FieldsInput & Values {
  const theirs = s.theirs ? 'theirs' : 'before';
  const ours = s.equal ? theirs : s.ours || !s.theirs ? 'ours' : 'before';
  const intents: Fields = s.intent === 'none' ? {} : { f: s.intent === 'ours' ? ours : 'cut off' };
  return {
    ours,
    theirs,
    before: { f: 'before' },
    after: { f: theirs },
    shadow: { f: s.ours ? 'known' : ours },
    current: { f: ours },
    held: s.held ? { f: { theirs: 'earlier' } } : {},
    intents,
    decide: s.decide,
    declined: () => (s.declined ? REASON : null),
  };
}

const conflict = ({ ours, theirs }: Values, decision: Decision) => ({ conflicts: [{ field: 'f', ours, theirs, decision }] });
const taken = ({ theirs }: Values) => ({ write: { f: theirs }, agree: { f: theirs } });
const clash = (s: Situation) => s.theirs && !s.equal && !s.held && !s.declined && s.ours && s.intent !== 'ours';

/** Every situation belongs to exactly one row. `count` keeps a row from becoming empty unnoticed. */
const TABLE: { name: string; count: number; when: (s: Situation) => boolean; plan: (v: Values) => Partial<FieldsPlan> }[] = [
  { name: 'what they did not change is left alone', count: 144, when: (s) => !s.theirs, plan: () => ({}) },
  {
    name: 'what both made equal is agreed and no longer held, with no write',
    count: 72,
    when: (s) => s.theirs && s.equal,
    plan: ({ theirs }) => ({ agree: { f: theirs }, release: ['f'] }),
  },
  {
    name: 'a held field takes their newest wish and is not written',
    count: 36,
    when: (s) => s.theirs && !s.equal && s.held,
    plan: ({ theirs }) => ({ hold: { f: { theirs } } }),
  },
  {
    name: 'a field that cannot be written here differs, with the reason, and is no conflict',
    count: 18,
    when: (s) => s.theirs && !s.equal && !s.held && s.declined,
    plan: () => ({ differs: { f: REASON } }),
  },
  { name: 'what only they changed is written', count: 9, when: (s) => s.theirs && !s.equal && !s.held && !s.declined && !s.ours, plan: taken },
  {
    name: 'our own write of a run that was cut off is no edit of a human: theirs is written',
    count: 3,
    when: (s) => s.theirs && !s.equal && !s.held && !s.declined && s.ours && s.intent === 'ours',
    plan: taken,
  },
  {
    name: 'both changed and theirs prevails: it is written and the conflict recorded',
    count: 1,
    when: (s) => clash(s) && s.intent === 'none' && s.decide === 'theirs',
    plan: (v) => ({ ...taken(v), ...conflict(v, 'theirs') }),
  },
  {
    name: 'both changed and ours prevails, also in doubt after a crash: nothing is written, theirs is kept as what they know',
    count: 3,
    when: (s) => clash(s) && (s.decide === 'ours' || (s.decide === 'theirs' && s.intent === 'other')),
    plan: (v) => ({ keep: { f: v.theirs }, ...conflict(v, 'ours') }),
  },
  {
    name: 'both changed and a person has to decide, also in doubt after a crash: nothing is written, theirs is held',
    count: 2,
    when: (s) => clash(s) && s.decide === 'hold',
    plan: (v) => ({ hold: { f: { theirs: v.theirs } }, ...conflict(v, 'hold') }),
  },
];

describe('every combination of changed, equal, held, pending intent, declined and decision', () => {
  test.each(TABLE)('$name', ({ when, plan, count }) => {
    const situations = SITUATIONS.filter(when);
    expect(situations).toHaveLength(count);
    for (const situation of situations) {
      const input = stage(situation);
      expect(reconcileFields(input), JSON.stringify(situation)).toEqual({ ...NOTHING, ...plan(input) });
    }
  });

  test('no combination is missing from the table or in two of its rows', () => {
    for (const situation of SITUATIONS)
      expect(
        TABLE.filter((row) => row.when(situation)).map((row) => row.name),
        JSON.stringify(situation),
      ).toHaveLength(1);
  });
});

describe('what they want is what the shadow already has', () => {
  const input: FieldsInput = { ...QUIET, before: { f: 'old' }, after: { f: 'known' }, shadow: { f: 'known' }, current: { f: 'ours' } };

  test.each(['ours', 'theirs', 'hold'] as const)('it is no news, so our own change stays without a conflict when %s would prevail', (decide) => {
    expect(reconcileFields({ ...input, decide })).toEqual(NOTHING);
  });

  test('a held field is released, because they took their wish back', () => {
    expect(reconcileFields({ ...input, held: { f: { theirs: 'earlier' } } })).toEqual({ ...NOTHING, release: ['f'] });
  });

  test('a field that cannot be written here does not differ anew', () => {
    expect(reconcileFields({ ...input, declined: () => REASON })).toEqual(NOTHING);
  });
});

test('each field is decided for itself', () => {
  const plan = reconcileFields({
    before: { written: 1, clash: 1, same: 1, silent: 1, refused: 1 },
    after: { written: 2, clash: 2, same: 2, silent: 1, refused: 2 },
    shadow: { written: 1, clash: 1, same: 1, silent: 1, refused: 1 },
    current: { written: 1, clash: 3, same: 2, silent: 3, refused: 1 },
    held: {},
    intents: {},
    decide: 'ours',
    declined: (field) => (field === 'refused' ? REASON : null),
  });
  expect(plan).toEqual({
    write: { written: 2 },
    agree: { written: 2, same: 2 },
    keep: { clash: 2 },
    hold: {},
    release: ['same'],
    conflicts: [{ field: 'clash', ours: 3, theirs: 2, decision: 'ours' }],
    differs: { refused: REASON },
  });
});

test('a field that the other side no longer mentions is not emptied', () => {
  expect(reconcileFields({ ...QUIET, before: { f: 'x' }, shadow: { f: 'x' }, current: { f: 'x' } })).toEqual(NOTHING);
});

test('a field that they empty is emptied here', () => {
  const plan = reconcileFields({ ...QUIET, before: { f: 'x' }, after: { f: null }, shadow: { f: 'x' }, current: { f: 'x' } });
  expect(plan).toEqual({ ...NOTHING, write: { f: null }, agree: { f: null } });
});

test('a field that is new to them is written, and taken as it is where we have it already', () => {
  expect(reconcileFields({ ...QUIET, after: { f: 'x' } })).toEqual({ ...NOTHING, write: { f: 'x' }, agree: { f: 'x' } });
  expect(reconcileFields({ ...QUIET, after: { f: 'x' }, current: { f: 'x' } })).toEqual({ ...NOTHING, agree: { f: 'x' }, release: ['f'] });
});

test('rich text and lists are compared by content', () => {
  const fields = () => ({ description: docOf('the same words'), labels: ['a', 'b'] });
  expect(
    reconcileFields({ ...QUIET, before: fields(), after: fields(), shadow: fields(), current: { description: docOf('edited here'), labels: ['c'] } }),
  ).toEqual(NOTHING);
});
