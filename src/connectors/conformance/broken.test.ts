import { describe, expect, it } from 'vitest';
import { memoryWorld } from '../memory/conformance-world.ts';
import { PROFILES } from '../memory/index.ts';
import { BROKEN } from './broken/index.ts';
import { CHECKS } from './checks.ts';
import { runCheck, runExcepted } from './index.ts';
import { summarise } from './summary.ts';

const named = (id: string) => {
  const check = CHECKS.find((c) => c.id === id);
  if (!check) throw new Error(`There is no check ${id}.`);
  return check;
};

describe('the conformance suite', () => {
  for (const { what, on = 'jira', caughtBy, wrap } of BROKEN) {
    for (const id of caughtBy) {
      it(`notices by ${id} a connector that ${what} (${on})`, async () => {
        const check = named(id);
        const healthy = memoryWorld(PROFILES[on]);
        expect(check.needs(healthy), 'the check applies').toBe(true);
        await runCheck(check, healthy);
        await expect(runCheck(check, memoryWorld(PROFILES[on], wrap))).rejects.toThrow();
      });
    }
  }

  it('has a broken connector for each of its checks', () => {
    const caught = new Set(BROKEN.flatMap((b) => b.caughtBy));
    expect(CHECKS.map((c) => c.id).filter((id) => !caught.has(id))).toEqual([]);
  });

  it('has checks with ids of their own, in small letters', () => {
    expect(new Set(CHECKS.map((c) => c.id)).size).toBe(CHECKS.length);
    for (const { id, title } of CHECKS) expect([id, title]).toEqual([expect.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/), expect.stringMatching(/\S \S/)]);
  });

  it('accepts an exception while the check fails, and refuses it once the check holds', async () => {
    const broken = BROKEN.find((b) => b.what === 'drops one comment');
    const exception = { connector: 'memory', check: 'comment-added', reason: 'for this test' };
    const check = named('comment-added');
    await runExcepted(check, memoryWorld(PROFILES.jira, broken?.wrap), exception);
    await expect(runExcepted(check, memoryWorld(PROFILES.jira), exception)).rejects.toThrow('take its exception out');
  });
});

describe('the summary', () => {
  const test = (suite: string, title: string, status: string) => ({ ancestorTitles: [`conformance: ${suite}`], title, status });
  const report = (...assertionResults: ReturnType<typeof test>[]) => ({ testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults }] });

  it('counts passed, failed and excepted checks of each suite', () => {
    const { lines, ok } = summarise(
      report(test('a', 'x: holds', 'passed'), test('a', 'y: excepted: cannot', 'passed'), test('b', 'x: holds', 'failed'), test('b', 'z: holds', 'passed')),
    );
    expect(lines).toEqual(['a: 1 passed, 0 failed, 1 excepted', '  y: excepted: cannot', 'b: 1 passed, 1 failed, 0 excepted', '  failed: x: holds']);
    expect(ok).toBe(false);
  });

  it('is content with a run in which everything holds', () => {
    expect(summarise(report(test('a', 'x: holds', 'passed')), ['a'])).toEqual({ lines: ['a: 1 passed, 0 failed, 0 excepted'], ok: true });
  });

  it('fails when a suite ran no check, is missing, could not be loaded, or none is there', () => {
    expect(summarise(report(test('a', 'x: holds', 'skipped'))).ok).toBe(false);
    expect(summarise(report(test('memory as redmine', 'x: holds', 'passed')), ['redmine'])).toMatchObject({
      lines: [expect.any(String), 'redmine: ran no check.'],
      ok: false,
    });
    expect(summarise({ testResults: [{ name: 'b.test.ts', status: 'failed', message: 'No such module', assertionResults: [] }] }).lines[0]).toContain(
      'No such module',
    );
    expect(summarise({ testResults: [] }).ok).toBe(false);
  });
});
