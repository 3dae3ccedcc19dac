import { describe, expect, test } from 'vitest';
import { anEntity, anInstance, aRun, aSide, aTrace, aTwin, fresh } from '../samples.ts';
import { type StoreUnderTest, transactionOf } from './under-test.ts';

/** Texts that stores stumble over. */
const HOSTILE = {
  'U+0000': 'a\0b\\u0000c',
  'lone surrogates': 'x\ud83d y\udd25 \udc00\ud800',
  emoji: '🔥👩‍👩‍👧‍👦e\u0301',
  'private use': '\uE000"a"',
  quotes: `'"\\$1; drop table twin; --\n\r\t%s {}[]`,
  'a megabyte': 'ü'.repeat(1_000_000),
  empty: '',
};

export function testHostileText(under: StoreUnderTest): void {
  const tx = transactionOf(under);
  describe('hostile text', () => {
    test.each(Object.entries(HOSTILE))('%s comes back byte by byte, in values and in keys', async (_, text) => {
      const twin = aTwin({
        id: `twin ${text}`,
        side: fresh('side'),
        local: `ref ${text}`,
        entity: { ref: text, urn: text, url: text },
        reason: text,
        shadow: { fields: { [text]: text, list: [text] }, comments: { [text]: { deleted: true } }, files: {} },
      });
      const trace = aTrace({ entity: `${twin.side} ${text}`, gid: `gid ${text}`, local: `local ${text}`, author: text });
      const entity = anEntity({ instance: twin.side, ref: text, version: text, origin: text });
      const instance = anInstance({
        id: `${fresh('i')} ${text.slice(0, 20)}`,
        name: text,
        settings: { token: text },
        cursor: text,
        webhook: { secret: text },
      });
      const side = aSide({ id: `${fresh('s')} ${text.slice(0, 20)}`, name: text, scope: text, instance: instance.id });
      const run = aRun({ side: twin.side, twin: twin.id, trigger: text, changes: [{ what: text, before: text, after: { [text]: text } }] });
      await tx(async (t) => {
        await t.saveTwin(twin);
        await t.saveTrace(trace);
        await t.saveEntity(entity);
        await t.saveInstance(instance);
        await t.saveSide(side);
        await t.addRun(run);
        await t.enqueue(twin.side, twin.id, { trigger: 'poll', priority: 'normal' });
        expect(await t.takeLease(`lease ${text}`, text, 1000)).toBe(true);
      });
      await tx(async (t) => {
        expect(await t.twin(twin.side, twin.id)).toEqual(twin);
        expect(await t.twinsOfEntity(twin.instance, twin.local ?? '')).toEqual([twin]);
        expect(await t.traces('acme', trace.entity)).toEqual([trace]);
        await t.saveTrace({ ...trace, carrier: true });
        expect(await t.traces('acme', trace.entity)).toEqual([{ ...trace, carrier: true }]);
        expect(await t.entity(twin.side, text)).toEqual(entity);
        expect(await t.entityByOrigin(twin.side, text)).toBe(text);
        expect(await t.instance(instance.id)).toEqual(instance);
        expect(await t.side(side.id)).toEqual(side);
        expect(await t.sidesOfInstance(instance.id)).toEqual([side]);
        expect(await t.holdsLease(`lease ${text}`, text)).toBe(true);
        await t.releaseLease(`lease ${text}`, text);
      });
      expect(await under.runs(twin.side, twin.id)).toEqual([run]);
    });

    test('texts that differ only in what cannot be stored stay different keys', async () => {
      const instance = fresh('instance');
      const refs = ['a', 'a\0', 'a\uFFFD', 'a\ud800', 'a\ud801', '\uE000a', 'x'.repeat(5000), 'x'.repeat(5001)];
      await tx(async (t) => {
        for (const ref of refs) await t.saveEntity(anEntity({ instance, ref, version: ref }));
      });
      for (const ref of refs) expect((await tx((t) => t.entity(instance, ref)))?.version).toBe(ref);
    });
  });
}
