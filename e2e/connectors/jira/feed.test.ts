import { describe, expect, it } from 'vitest';
import { reindex } from '../../../simulators/jira/site.ts';
import { docOf } from '../../../src/core/rich-text/index.ts';
import { call, failure } from '../tools.ts';
import { DANA, simulated } from './simulated.ts';

describe.each(['cloud', 'data-center'] as const)('finding changes in Jira (%s)', (deployment) => {
  const { at, open, newIssue } = simulated(deployment);
  const cloud = deployment === 'cloud';

  it('an issue that is dated ahead hides nothing, and is not told again and again', async () => {
    const tracker = open();
    let { cursor } = await tracker.changedSince(null, call);
    at().control.advance(120_000);
    const odd = newIssue();
    const issue = at().site.issues.get(odd);
    if (!issue) throw new Error('There is no issue.');
    issue.updated = at().control.now() + 30 * 86_400_000;
    reindex(at().site, issue);
    at().control.advance(120_000);
    const told: string[] = [];
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      made.push(newIssue());
      at().control.advance(600_000);
      const page = await tracker.changedSince(cursor, call);
      cursor = page.cursor;
      told.push(...page.items.map(({ ref }) => ref));
    }
    expect(told.filter((ref) => made.includes(ref)).sort()).toEqual(made.sort());
    expect(told.filter((ref) => ref === odd).length).toBeLessThan(3);
    // Begun anew it is no other.
    const begun = await open().changedSince(null, call);
    const later = newIssue();
    at().control.advance(600_000);
    expect((await open().changedSince(begun.cursor, call)).items.map(({ ref }) => ref)).toContain(later);
    at().control.deleteIssue(odd, DANA);
  });

  // Cloud's pages go on from a token that Jira promises to keep its place; the simulator's is an offset.
  if (!cloud)
    it('an issue that is deleted while a long list is read hides no other', async () => {
      const tracker = open({}, { feedPage: 2 });
      let { cursor } = await tracker.changedSince(null, call);
      at().control.advance(300_000);
      const refs: string[] = [];
      for (let n = 0; n < 6; n++) {
        refs.push(newIssue());
        at().control.advance(300_000);
      }
      const told = new Set<string>();
      let left = 1;
      for (let more = true; more; ) {
        const page = await tracker.changedSince(cursor, call);
        for (const { ref } of page.items) told.add(ref);
        ({ cursor, more } = page);
        if (left > 0 && told.has(refs[0] ?? '')) {
          at().control.deleteIssue(refs[0] ?? '', DANA);
          left -= 1;
        }
      }
      expect(refs.filter((ref) => !told.has(ref))).toEqual([]);
    });

  if (cloud)
    it('a creation in doubt is found past the index, though many issues before it are hidden from us', async () => {
      at().control.advance(3_600_000);
      newIssue('DEV');
      at().control.advance(120_000);
      for (let n = 0; n < 60; n++) at().control.setSecurity(newIssue('DEV'), [DANA]);
      at().control.addFault({ kind: 'drop-after', method: 'POST', path: '/issue' });
      const draft = { scope: 'DEV', type: 'Task', fields: { summary: 'Once', description: docOf('x') }, files: [] };
      expect(await failure(open().create(draft, 'in:doubt', call))).toMatchObject({ inDoubt: true });
      const found = await open().findByMarker('in:doubt', new Date(at().control.now() - 1000).toISOString(), call);
      expect(found?.fields.summary).toBe('Once');
    });
});
