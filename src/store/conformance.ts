import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Intent, Twin } from '../core/twin.ts';
import type { Conflict, JobOptions, Store, SyncRun, Tx } from '../engine/ports.ts';
import { aConflict, aFieldIntent, anEntity, anInstance, aRun, aSide, aTrace, aTwin, fresh } from './samples.ts';

/** A store, and a look at what the port does not let one read. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Jobs that wait, by `side/twin`. */
  jobs(): Promise<ReadonlyMap<string, JobOptions>>;
  runs(side: string, twin: string): Promise<readonly SyncRun[]>;
  conflicts(side: string, twin: string): Promise<readonly Conflict[]>;
}

/** Texts that stores stumble over. */
export const HOSTILE = {
  'U+0000': 'a\0b\\u0000c',
  'lone surrogates': 'x\ud83d y\udd25 \udc00\ud800',
  emoji: '🔥👩‍👩‍👧‍👦e\u0301',
  'private use': '\uE000"a"',
  quotes: `'"\\$1; drop table twin; --\n\r\t%s {}[]`,
  'a megabyte': 'ü'.repeat(1_000_000),
  empty: '',
};

/** The contract of `Store`, the same for every implementation. */
export function testStore(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`store: ${name}`, async () => {
    const under = await makeStore();
    const { store } = under;
    const tx = <T>(work: (tx: Tx) => Promise<T>) => store.transaction(work);

    describe('rows', () => {
      test('an instance comes back as it was saved, with its settings', async () => {
        const instance = anInstance({ webhook: { id: '7', secret: 's' }, pausedUntil: '2026-03-01T12:00:00Z', cursor: 'page 2' });
        await tx((t) => t.saveInstance(instance));
        expect(await tx((t) => t.instance(instance.id))).toEqual(instance);
        const changed = { ...instance, settings: { token: 'new' }, webhook: null, cursor: null };
        await tx(async (t) => {
          expect(await t.instance(instance.id)).toEqual(instance);
          await t.saveInstance(changed);
          expect(await t.instance(instance.id)).toEqual(changed);
          await t.saveInstance({ ...changed, name: 'Acme Ltd' });
        });
        expect(await tx((t) => t.instance(instance.id))).toEqual({ ...changed, name: 'Acme Ltd' });
        expect(await tx((t) => t.instance('nobody'))).toBeNull();
      });

      test('two instances cannot have one short name', async () => {
        const instance = anInstance();
        await tx((t) => t.saveInstance(instance));
        await expect(tx((t) => t.saveInstance(anInstance({ slug: instance.slug })))).rejects.toThrow();
        await tx((t) => t.saveInstance({ ...instance, name: 'The same again' }));
      });

      test('a side comes back as it was saved; the sides of an instance come in the order of their ids', async () => {
        const instance = fresh('instance');
        const sides = ['b', 'a', 'c'].map((id) => aSide({ id: `${instance}-${id}`, instance }));
        await tx(async (t) => {
          for (const side of sides) await t.saveSide(side);
        });
        const [b, a, c] = sides;
        expect(await tx((t) => t.sidesOfInstance(instance))).toEqual([a, b, c]);
        const problem = { level: 'connection', code: 'peer-refused', message: 'No', remedy: 'Ask', since: 'now', attempts: 1, retryAt: null } as const;
        await tx(async (t) => {
          const side = await t.side(sides[0]?.id ?? '');
          if (side) await t.saveSide({ ...side, status: 'error', problem });
        });
        expect(await tx((t) => t.side(sides[0]?.id ?? ''))).toEqual({ ...b, status: 'error', problem });
        expect(await tx((t) => t.side('none'))).toBeNull();
      });

      test('a twin comes back as it was saved, each part whether it changed or not', async () => {
        const twin = aTwin({ side: fresh('side') });
        const flight = {
          seq: 1,
          nonce: 'n',
          sentAt: 0,
          seen: 0,
          seenNonce: '',
          change: { before: {}, after: { summary: 'B' }, comments: {}, files: {} },
          view: twin.shadow,
          held: [],
          origin: 'acme:4711',
          entity: { ref: '1', urn: '1', url: '' },
          type: null,
        };
        await tx((t) => t.saveTwin(twin));
        const changes: Partial<Twin>[] = [
          { flight, outSeq: 1 },
          { dirty: false },
          { flight: null, shadow: { ...twin.shadow, fields: {} } },
          { outSeq: 2 ** 40, inSyncAt: '2026-03-02T00:00:00Z' },
        ];
        for (const change of changes) {
          const before = await tx((t) => t.twin(twin.side, twin.id));
          expect(before).not.toBeNull();
          if (!before) return;
          await tx(async (t) => {
            await t.twin(twin.side, twin.id);
            await t.saveTwin({ ...before, ...change });
            expect(await t.twin(twin.side, twin.id)).toEqual({ ...before, ...change });
          });
          expect(await tx((t) => t.twin(twin.side, twin.id))).toEqual({ ...before, ...change });
        }
        expect(await tx((t) => t.twin(twin.side, 'none'))).toBeNull();
        expect(await tx((t) => t.twin('none', twin.id))).toBeNull();
      });

      test('all twins of an entity are found, ended ones too, in the order of side and id', async () => {
        const instance = fresh('instance');
        const ids = [
          ['s2', 't1'],
          ['s1', 't9'],
          ['s1', 't2'],
        ] as const;
        await tx(async (t) => {
          for (const [side, id] of ids)
            await t.saveTwin(aTwin({ side, id: `${id}-${instance}`, instance, local: '1', status: id === 't9' ? 'unlinked' : 'active' }));
          await t.saveTwin(aTwin({ instance, local: '2' }));
          await t.saveTwin(aTwin({ instance, local: null }));
        });
        const found = await tx((t) => t.twinsOfEntity(instance, '1'));
        expect(found.map((twin) => [twin.side, twin.id.slice(0, 2)])).toEqual([
          ['s1', 't2'],
          ['s1', 't9'],
          ['s2', 't1'],
        ]);
        // A twin that moves to another entity is found there only.
        await tx((t) => t.saveTwin({ ...aTwin(), ...found[0], local: '3' }));
        expect(await tx((t) => t.twinsOfEntity(instance, '1'))).toHaveLength(2);
        expect(await tx((t) => t.twinsOfEntity(instance, '3'))).toHaveLength(1);
      });

      test('the twins of a side come in pages by id, byte by byte', async () => {
        const side = fresh('side');
        const ids = ['a', 'B', 'b', 'ä', 'Z', '10', '9'];
        await tx(async (t) => {
          for (const id of ids) await t.saveTwin(aTwin({ side, id }));
        });
        const seen: string[] = [];
        for (let after: string | null = null; ; ) {
          const page: readonly { id: string }[] = await tx((t) => t.twinsOfSide(side, after, 3));
          seen.push(...page.map((twin) => twin.id));
          after = page.at(-1)?.id ?? null;
          if (page.length < 3) break;
        }
        expect(seen).toEqual(['10', '9', 'B', 'Z', 'a', 'b', 'ä']);
      });

      test('a creation is pending while an active twin has no entity', async () => {
        const instance = fresh('instance');
        const pending = () => tx((t) => t.creationsPending(instance));
        const twin = aTwin({ instance, local: null });
        await tx((t) => t.saveTwin(aTwin({ instance })));
        expect(await pending()).toBe(false);
        await tx((t) => t.saveTwin(twin));
        expect(await pending()).toBe(true);
        await tx((t) => t.saveTwin({ ...twin, status: 'unlinked' }));
        expect(await pending()).toBe(false);
        await tx((t) => t.saveTwin({ ...twin, local: '7' }));
        expect(await pending()).toBe(false);
      });

      test('entities: saved anew, found by origin, one for each origin of an instance', async () => {
        const instance = fresh('instance');
        const entity = anEntity({ instance, origin: 'globex:1' });
        await tx((t) => t.saveEntity(entity));
        expect(await tx((t) => t.entity(instance, entity.ref))).toEqual(entity);
        await tx((t) => t.saveEntity({ ...entity, version: null }));
        expect(await tx((t) => t.entity(instance, entity.ref))).toEqual({ ...entity, version: null });
        expect(await tx((t) => t.entityByOrigin(instance, 'globex:1'))).toBe(entity.ref);
        expect(await tx((t) => t.entityByOrigin('another', 'globex:1'))).toBeNull();
        expect(await tx((t) => t.entity(instance, 'none'))).toBeNull();
        await expect(tx((t) => t.saveEntity(anEntity({ instance, origin: 'globex:1' })))).rejects.toThrow();
        await tx(async (t) => {
          await t.saveEntity(anEntity({ instance: fresh('instance'), origin: 'globex:1' }));
          await t.saveEntity(anEntity({ instance, origin: null }));
          await t.saveEntity(anEntity({ instance, origin: null }));
        });
      });

      test('traces: in the order of their first saving, replaced by global id, unique by local id and kind', async () => {
        const entity = fresh('entity');
        const [a, b, c] = ['a', 'b', 'c'].map((gid) => aTrace({ entity, gid, local: `local ${gid}` })) as [
          ReturnType<typeof aTrace>,
          ReturnType<typeof aTrace>,
          ReturnType<typeof aTrace>,
        ];
        await tx(async (t) => {
          await t.saveTrace(c);
          await t.saveTrace(a);
          await t.saveTrace(b);
          await t.saveTrace(aTrace());
        });
        const told = { ...c, tomb: 'deleted', peers: { twin: '9' } } as const;
        await tx((t) => t.saveTrace(told));
        expect(await tx((t) => t.traces('acme', entity))).toEqual([told, a, b]);
        await expect(tx((t) => t.saveTrace({ ...b, gid: 'd' }))).rejects.toThrow();
        await tx((t) => t.saveTrace({ ...b, gid: 'd', kind: 'file' }));
        await tx(async (t) => {
          await t.dropTrace(a);
          await t.saveTrace({ ...a, gid: 'e' });
          await t.dropTrace(aTrace());
        });
        expect((await tx((t) => t.traces('acme', entity))).map((trace) => trace.gid)).toEqual(['c', 'b', 'd', 'e']);
        expect(await tx((t) => t.traces('acme', 'none'))).toEqual([]);
      });

      test('intents are found by entity, by twin, and as creations; dropping some leaves the rest', async () => {
        const [instance, side, twin] = [fresh('instance'), fresh('side'), fresh('twin')];
        const field = aFieldIntent({ instance, side, twin, entity: '1' });
        const creation: Intent = {
          ...{ id: fresh('intent'), side, twin, instance, entity: null, since: 5 },
          ...{ kind: 'entity', origin: 'globex:1', marker: 'm', fields: { summary: 'S' }, type: null, at: '2026-03-01T12:00:00.000Z' },
        };
        await tx(async (t) => {
          await t.saveIntent(field);
          await t.saveIntent(creation);
          await t.saveIntent(aFieldIntent());
        });
        expect(await tx((t) => t.intentsOfEntity(instance, '1'))).toEqual([field]);
        expect(await tx((t) => t.intentsOfTwin(side, twin))).toEqual([field, creation]);
        expect(await tx((t) => t.creationIntents(instance))).toEqual([creation]);
        await tx((t) => t.saveIntent({ ...creation, entity: '2' }));
        expect(await tx((t) => t.intentsOfEntity(instance, '2'))).toEqual([{ ...creation, entity: '2' }]);
        await tx((t) => t.dropIntents([field.id, 'none']));
        await tx((t) => t.dropIntents([]));
        expect(await tx((t) => t.intentsOfTwin(side, twin))).toEqual([{ ...creation, entity: '2' }]);
        await tx((t) => t.dropIntents([creation.id]));
        expect(await tx((t) => t.creationIntents(instance))).toEqual([]);
      });

      test('runs and conflicts are kept in the order of their time, and never twice', async () => {
        const [side, twin] = [fresh('side'), fresh('twin')];
        const runs = [1, 2, 3].map((n) => aRun({ side, twin, at: `2026-03-0${n}T00:00:00.000Z` }));
        const conflict = aConflict({ side, twin, ours: null });
        const { theirs: _, ...deletion } = aConflict({ side, twin, at: '2026-03-05T00:00:00.000Z' });
        await tx(async (t) => {
          for (const run of runs) await t.addRun(run);
          await t.addConflict(conflict);
          await t.addConflict(deletion as Conflict);
        });
        expect(await under.runs(side, twin)).toEqual(runs);
        expect(await under.conflicts(side, twin)).toEqual([conflict, deletion]);
        await expect(tx((t) => t.addRun(aRun({ ...runs[0] })))).rejects.toThrow();
        await expect(tx((t) => t.addConflict({ ...conflict, what: 'description' }))).rejects.toThrow();
      });
    });

    describe('transactions', () => {
      test('a transaction that throws leaves nothing behind, in any table', async () => {
        const [instance, side, twin] = [anInstance(), aSide(), aTwin({ side: fresh('side'), instance: fresh('acme') })];
        const [trace, intent, entity] = [
          aTrace({ instance: twin.instance }),
          aFieldIntent({ twin: twin.id, side: twin.side }),
          anEntity({ origin: fresh('origin') }),
        ];
        const failing = tx(async (t) => {
          await t.saveInstance(instance);
          await t.saveSide(side);
          await t.saveTwin(twin);
          await t.saveEntity(entity);
          await t.saveTrace(trace);
          await t.saveIntent(intent);
          await t.addRun(aRun({ side: twin.side, twin: twin.id }));
          await t.addConflict(aConflict({ side: twin.side, twin: twin.id }));
          await t.enqueue(twin.side, twin.id, { trigger: 'poll', priority: 'normal' });
          expect(await t.takeLease(twin.id, 'me', 60_000)).toBe(true);
          expect(await t.twinsOfEntity(twin.instance, twin.local ?? '')).toEqual([twin]);
          expect(await t.entityByOrigin(entity.instance, entity.origin ?? '')).toBe(entity.ref);
          throw new Error('stop');
        });
        await expect(failing).rejects.toThrow('stop');
        await tx(async (t) => {
          expect(await t.instance(instance.id)).toBeNull();
          expect(await t.side(side.id)).toBeNull();
          expect(await t.twin(twin.side, twin.id)).toBeNull();
          expect(await t.twinsOfEntity(twin.instance, twin.local ?? '')).toEqual([]);
          expect(await t.entity(entity.instance, entity.ref)).toBeNull();
          expect(await t.entityByOrigin(entity.instance, entity.origin ?? '')).toBeNull();
          expect(await t.traces(trace.instance, trace.entity)).toEqual([]);
          expect(await t.intentsOfTwin(twin.side, twin.id)).toEqual([]);
          expect(await t.holdsLease(twin.id, 'me')).toBe(false);
        });
        expect(await under.runs(twin.side, twin.id)).toEqual([]);
        expect(await under.conflicts(twin.side, twin.id)).toEqual([]);
        expect((await under.jobs()).has(`${twin.side}/${twin.id}`)).toBe(false);
      });

      test('a rollback puts changed and dropped rows back', async () => {
        const twin = aTwin({ side: fresh('side') });
        const traces = [1, 2].map(() => aTrace({ entity: twin.id }));
        const intent = aFieldIntent({ side: twin.side, twin: twin.id });
        await tx(async (t) => {
          await t.saveTwin(twin);
          for (const trace of traces) await t.saveTrace(trace);
          await t.saveIntent(intent);
        });
        await expect(
          tx(async (t) => {
            await t.saveTwin({ ...twin, local: 'elsewhere', status: 'unlinked' });
            for (const trace of traces) await t.dropTrace(trace);
            await t.dropIntents([intent.id]);
            throw new Error('stop');
          }),
        ).rejects.toThrow('stop');
        await tx(async (t) => {
          expect(await t.twinsOfEntity(twin.instance, twin.local ?? '')).toEqual([twin]);
          expect(await t.twinsOfEntity(twin.instance, 'elsewhere')).toEqual([]);
          expect(await t.traces('acme', twin.id)).toEqual(traces);
          expect(await t.intentsOfTwin(twin.side, twin.id)).toEqual([intent]);
        });
      });

      test('two transactions on one twin run one after the other: no count is lost', async () => {
        const twin = aTwin({ side: fresh('side') });
        await tx((t) => t.saveTwin(twin));
        await Promise.all(
          Array.from({ length: 20 }, () =>
            tx(async (t) => {
              const now = await t.twin(twin.side, twin.id);
              await sleep(1);
              if (now) await t.saveTwin({ ...now, outSeq: now.outSeq + 1 });
            }),
          ),
        );
        expect((await tx((t) => t.twin(twin.side, twin.id)))?.outSeq).toBe(20);
      });

      test('runners of two twins of one entity never wait for each other in a ring', async () => {
        const instance = fresh('instance');
        const twins = ['s1', 's2', 's3'].map((side) => aTwin({ side: `${side}-${instance}`, instance, local: '1' }));
        await tx(async (t) => {
          for (const twin of twins) await t.saveTwin(twin);
        });
        let attempts = 0;
        const start = performance.now();
        await Promise.all(
          Array.from({ length: 30 }, (_, i) =>
            tx(async (t) => {
              attempts++;
              const mine = twins[i % 3];
              if (mine) await t.twin(mine.side, mine.id);
              await sleep(1);
              for (const twin of await t.twinsOfEntity(instance, '1')) await t.saveTwin({ ...twin, touches: twin.touches + 1 });
            }),
          ),
        );
        expect(attempts).toBe(30);
        // A deadlock is found only after a second.
        expect(performance.now() - start).toBeLessThan(900);
        for (const twin of twins) expect((await tx((t) => t.twin(twin.side, twin.id)))?.touches).toBe(30);
      });

      test('changes of different members of an instance by two transactions are both kept', async () => {
        const instance = anInstance();
        await tx((t) => t.saveInstance(instance));
        const change = (part: Partial<typeof instance>) =>
          tx(async (t) => {
            const now = await t.instance(instance.id);
            await sleep(5);
            if (now) await t.saveInstance({ ...now, ...part });
          });
        await Promise.all([change({ cursor: 'page 9' }), change({ pausedUntil: '2026-04-01T00:00:00Z' }), change({ settings: { token: 'newer' } })]);
        expect(await tx((t) => t.instance(instance.id))).toEqual({
          ...instance,
          cursor: 'page 9',
          pausedUntil: '2026-04-01T00:00:00Z',
          settings: { token: 'newer' },
        });
      });

      test('a call after the end of its transaction is refused', async () => {
        const escaped = await tx(async (t) => ({ t }));
        await expect(escaped.t.twin('a', 'b')).rejects.toThrow('over');
        await expect(escaped.t.saveTwin(aTwin())).rejects.toThrow('over');
      });

      test('a failed write is told with its own reason, also by the reads after it', async () => {
        const instance = anInstance();
        await tx((t) => t.saveInstance(instance));
        const failing = tx(async (t) => {
          await t.saveInstance(anInstance({ slug: instance.slug }));
          await t.side('none');
        });
        await expect(failing).rejects.toThrow(/slug|short name/);
      });
    });

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

    describe('leases', () => {
      test('one holder at a time; the holder renews; a stranger neither renews nor releases', async () => {
        const key = fresh('lease');
        const take = (holder: string, ttl = 60_000) => tx((t) => t.takeLease(key, holder, ttl));
        const holds = (holder: string) => tx((t) => t.holdsLease(key, holder));
        expect(await holds('a')).toBe(false);
        expect(await take('a')).toBe(true);
        expect(await take('b')).toBe(false);
        expect(await take('a')).toBe(true);
        await tx((t) => t.releaseLease(key, 'b'));
        expect([await holds('a'), await holds('b')]).toEqual([true, false]);
        await tx((t) => t.releaseLease(key, 'a'));
        expect(await take('b')).toBe(true);
      });

      test('a lease that ran out can be taken, and then its first holder has lost it', async () => {
        const key = fresh('lease');
        expect(await tx((t) => t.takeLease(key, 'a', 20))).toBe(true);
        await sleep(40);
        // Nobody has overtaken it yet.
        expect(await tx((t) => t.holdsLease(key, 'a'))).toBe(true);
        expect(await tx((t) => t.takeLease(key, 'b', 60_000))).toBe(true);
        expect(await tx((t) => t.holdsLease(key, 'a'))).toBe(false);
        expect(await tx((t) => t.takeLease(key, 'a', 60_000))).toBe(false);
      });

      test('who has checked a lease keeps it until the commit', async () => {
        const key = fresh('lease');
        await tx((t) => t.takeLease(key, 'a', 1));
        await sleep(5);
        const order: string[] = [];
        const fenced = tx(async (t) => {
          expect(await t.holdsLease(key, 'a')).toBe(true);
          order.push('checked');
          await sleep(40);
          order.push('committing');
        });
        await sleep(10);
        const taken = tx((t) => t.takeLease(key, 'b', 60_000)).then((got) => order.push(`taken: ${got}`));
        await Promise.all([fenced, taken]);
        expect(order).toEqual(['checked', 'committing', 'taken: true']);
      });

      test('of many who want a lease at once, one gets it', async () => {
        const key = fresh('lease');
        const got = await Promise.all(Array.from({ length: 10 }, (_, i) => tx((t) => t.takeLease(key, `holder ${i}`, 60_000))));
        expect(got.filter(Boolean)).toHaveLength(1);
      });
    });

    describe('jobs', () => {
      const HOUR = 3_600_000;
      const soon = Date.now() + HOUR;
      const later = Date.now() + 2 * HOUR;
      const normal = { trigger: 'poll', priority: 'normal' } as const;
      const cases: { what: string; first: JobOptions; second: JobOptions; left: JobOptions }[] = [
        { what: 'the same again: dropped', first: normal, second: { ...normal, trigger: 'webhook' }, left: normal },
        { what: 'less urgent: dropped', first: normal, second: { trigger: 'bulk', priority: 'bulk' }, left: normal },
        {
          what: 'more urgent: brought forward',
          first: normal,
          second: { trigger: 'manual', priority: 'interactive' },
          left: { trigger: 'manual', priority: 'interactive' },
        },
        {
          what: 'later: never put back',
          first: { ...normal, notBefore: soon },
          second: { ...normal, trigger: 'retry', notBefore: later },
          left: { ...normal, notBefore: soon },
        },
        {
          what: 'earlier: brought forward',
          first: { ...normal, notBefore: later },
          second: { ...normal, trigger: 'retry', notBefore: soon },
          left: { trigger: 'retry', priority: 'normal', notBefore: soon },
        },
        { what: 'at once after a deferred one', first: { ...normal, notBefore: later }, second: normal, left: normal },
        { what: 'deferred after one at once: dropped', first: normal, second: { ...normal, notBefore: soon }, left: normal },
        {
          what: 'later but more urgent: as early as the first, as urgent as the second',
          first: { ...normal, notBefore: soon },
          second: { trigger: 'manual', priority: 'interactive', notBefore: later },
          left: { trigger: 'manual', priority: 'interactive', notBefore: soon },
        },
        {
          what: 'earlier but less urgent: as early as the second, as urgent as the first',
          first: { trigger: 'manual', priority: 'interactive', notBefore: soon },
          second: { trigger: 'bulk', priority: 'bulk' },
          left: { trigger: 'bulk', priority: 'interactive' },
        },
      ];
      test.each(cases)('a second job of a twin, $what', async ({ first, second, left }) => {
        const [side, twin] = [fresh('side'), fresh('twin')];
        await tx((t) => t.enqueue(side, twin, first));
        await tx((t) => t.enqueue(side, twin, second));
        expect((await under.jobs()).get(`${side}/${twin}`)).toEqual(left);
      });

      test('jobs of one transaction count as one', async () => {
        const [side, twin] = [fresh('side'), fresh('twin')];
        await tx(async (t) => {
          for (const trigger of ['webhook', 'poll', 'peer']) await t.enqueue(side, twin, { trigger, priority: 'normal' });
        });
        expect((await under.jobs()).get(`${side}/${twin}`)).toEqual({ trigger: 'webhook', priority: 'normal' });
      });

      test('many who enqueue one twin at once leave one job', async () => {
        const [side, twin] = [fresh('side'), fresh('twin')];
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => tx((t) => t.enqueue(side, twin, { trigger: 'poll', priority: i % 2 ? 'interactive' : 'bulk' }))),
        );
        expect((await under.jobs()).get(`${side}/${twin}`)?.priority).toBe('interactive');
      });
    });
  });
}
