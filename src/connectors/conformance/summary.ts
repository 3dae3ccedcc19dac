import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { EXCEPTED, SUITE } from './names.ts';

/** The parts of vitest's JSON report that are read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly title: string; readonly status: string }[];
  }[];
}

export interface Summary {
  readonly lines: readonly string[];
  readonly ok: boolean;
}

const isExcepted = (title: string) => title.slice(title.indexOf(': ') + 2).startsWith(EXCEPTED);

/**
 * One line for each conformance suite of a report: how many checks passed, failed, are excepted (with their reasons), were skipped. Not ok when one failed, when a
 * suite ran no check, when an expected suite is missing, or when there is none.
 */
export function summarise(report: Report, expected: readonly string[] = []): Summary {
  const suites = new Map<string, { passed: number; failed: number; excepted: string[]; skipped: number; broken: string[] }>();
  const lines: string[] = [];
  let ok = true;
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      const suite = test.ancestorTitles.find((t) => t.startsWith(SUITE))?.slice(SUITE.length);
      if (suite === undefined) continue;
      const counts = suites.get(suite) ?? { passed: 0, failed: 0, excepted: [], skipped: 0, broken: [] };
      suites.set(suite, counts);
      if (test.status === 'failed') {
        counts.failed++;
        counts.broken.push(test.title);
      } else if (test.status !== 'passed') counts.skipped++;
      else if (isExcepted(test.title)) counts.excepted.push(test.title);
      else counts.passed++;
    }
    if (file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed')) {
      ok = false;
      lines.push(`${file.name}: could not be run${file.message ? `: ${file.message.split('\n')[0]}` : ''}`);
    }
  }
  for (const [name, { passed, failed, excepted, skipped, broken }] of suites) {
    lines.push(`${name}: ${passed} passed, ${failed} failed, ${excepted.length} excepted${skipped ? `, ${skipped} not run` : ''}`);
    for (const title of broken) lines.push(`  failed: ${title}`);
    for (const title of excepted) lines.push(`  ${title}`);
    if (failed) ok = false;
    if (!passed && !failed) {
      ok = false;
      lines.push(`  ${name} ran no check.`);
    }
  }
  for (const name of expected) {
    if ([...suites.keys()].some((s) => s.startsWith(name))) continue;
    ok = false;
    lines.push(`${name}: ran no check.`);
  }
  if (!suites.size) {
    ok = false;
    lines.push('No conformance suite was run.');
  }
  return { lines, ok };
}

/** `node summary.ts REPORT.json… [NAME…]`: there must be a suite whose name begins with each name. */
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2);
  const isReport = (name: string): boolean => name.endsWith('.json');
  const reports = given.filter(isReport).map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report);
  const { lines, ok } = summarise(
    { testResults: reports.flatMap(({ testResults }) => testResults) },
    given.filter((name) => !isReport(name)),
  );
  for (const line of lines) console.log(line);
  process.exitCode = ok ? 0 : 1;
}
