import { describe, expect, test } from 'vitest';
import type { Intent, Twin } from '../../core/twin.ts';
import type { Conflict } from '../../engine/ports.ts';
import { aConflict, aFieldIntent, anEntity, anInstance, aRun, aSide, aTrace, aTwin, fresh } from '../samples.ts';
import { type StoreUnderTest, transactionOf } from './under-test.ts';

export function testRows(under: StoreUnderTest): void {
  const tx = transactionOf(under);
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
        ...{ id: fresh('intent'), side, twin, instance, entity: null, since: 5, triedAt: 5 },
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
}
