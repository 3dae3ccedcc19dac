import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'summary-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

/** Runs one test file as `make test` does. → where its report is */
function run(name: string, source: string): string {
  const root = at(name);
  fs.mkdirSync(root);
  fs.writeFileSync(path.join(root, 'a.test.js'), source);
  const report = at(`${name}.json`);
  const reporters = [`--reporter=${path.resolve('scripts/report.ts')}`, `--outputFile.json=${report}`];
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--root', root, '--globals', ...reporters], { env: { PATH: process.env.PATH } });
  return report;
}

function summary(...args: string[]): { lines: string[]; status: number | null } {
  const { stdout, status } = spawnSync(process.execPath, ['scripts/summary.mjs', ...args], { encoding: 'utf8' });
  return { lines: stdout.trim().split('\n'), status };
}

test('what passed is counted', () => {
  const { lines, status } = summary(run('good', `test('a', () => undefined); test.skip('b', () => undefined)`));
  expect(lines.at(-1)).toBe('1 passed, 0 failed');
  expect(lines.join('\n')).toContain('1 checks were skipped');
  expect(status).toBe(0);
});

test('an error that no test caught fails the run and is named, though every test passed', () => {
  const stray = `test('a', async () => { setTimeout(() => { throw new RangeError('a stray one'); }, 1); await new Promise((done) => setTimeout(done, 50)); })`;
  const { lines, status } = summary(run('stray', stray));
  expect(lines.at(-1)).toBe('1 passed, 1 failed');
  expect(lines.join('\n')).toMatch(/Failed: outside of any test \(the last that had begun: .*a\.test\.js: a\): RangeError: a stray one/);
  expect(status).toBe(1);
});

test('a step that ended badly fails the run, though every test passed', () => {
  fs.writeFileSync(at('steps.txt'), 'The conformance of the connectors failed: see above\n');
  const { lines, status } = summary('--steps', at('steps.txt'), run('step', `test('a', () => undefined)`));
  expect(lines.slice(-2)).toEqual(['Failed: The conformance of the connectors failed: see above', '1 passed, 1 failed']);
  expect(status).toBe(1);
});

test('a failing test, a missing report and a run of nothing fail it', () => {
  const failing = summary(run('bad', `test('a', () => { throw new Error('not so'); })`));
  expect(failing.lines.slice(-2)).toEqual([expect.stringMatching(/^Failed: .*a\.test\.js: a: Error: not so/), '0 passed, 1 failed']);
  expect(failing.status).toBe(1);
  expect(summary(at('none.json'))).toMatchObject({ status: 1 });
  fs.writeFileSync(at('empty.json'), '{"success":true,"testResults":[]}');
  expect(summary(at('empty.json'))).toMatchObject({ lines: ['Nothing ran.', '0 passed, 0 failed'], status: 1 });
});
