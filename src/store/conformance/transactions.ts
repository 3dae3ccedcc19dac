import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { aConflict, aFieldIntent, anEntity, anInstance, aRun, aSide, aTrace, aTwin, fresh } from '../samples.ts';
import { type StoreUnderTest, transactionOf } from './under-test.ts';

export function testTransactions(under: StoreUnderTest): void {
  const tx = transactionOf(under);
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
}
