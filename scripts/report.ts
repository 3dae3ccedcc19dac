import fs from 'node:fs/promises';
import { JsonReporter, type TestModule, type Vitest } from 'vitest/node';

/** What went wrong outside of any test, as far as vitest tells. `during` is the last test that had begun, with its file: a hint, not the culprit. */
export interface OutsideError {
  readonly message: string;
  readonly stack: string;
  readonly during: string;
}

/**
 * Vitest's own JSON report, and in it, as `outside`, the errors that no test caught (`OutsideError[]`): they end a run with a failure,
 * and the report calls it a success all the same.
 */
export default class Report extends JsonReporter {
  #file: string | undefined;

  override onInit(ctx: Vitest): void {
    super.onInit(ctx);
    const { outputFile } = ctx.config;
    this.#file = typeof outputFile === 'string' ? outputFile : outputFile?.json;
  }

  override async onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[] = []): Promise<void> {
    await super.onTestRunEnd(modules);
    if (!this.#file) return;
    const report = JSON.parse(await fs.readFile(this.#file, 'utf8')) as { success: boolean; outside?: OutsideError[] };
    report.outside = errors.map(told);
    report.success &&= errors.length === 0;
    await fs.writeFile(this.#file, JSON.stringify(report));
  }
}

function told(error: unknown): OutsideError {
  const { name, message, stack, VITEST_TEST_PATH, VITEST_TEST_NAME } = Object(error) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    message: [text(name), text(message) || String(error)].filter(Boolean).join(': '),
    stack: text(stack),
    during: [text(VITEST_TEST_PATH), text(VITEST_TEST_NAME)].filter(Boolean).join(': '),
  };
}
