import { parseArgs } from 'node:util';
import { backfill } from './backfill.ts';
import { calls } from './calls.ts';
import { latency } from './latency.ts';
import type { Options, Result } from './result.ts';
import { scale } from './scale.ts';
import { Laboratory } from './world.ts';

const BENCHMARKS: Readonly<Record<string, (lab: Laboratory, options: Options) => Promise<Result>>> = { backfill, latency, calls, scale };

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const names = values.only ?? Object.keys(BENCHMARKS);
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no benchmark ${unknown}.`);
  console.log(`Usage: node bench/main.ts [--json] [--quick] [--only NAME]… [--profile FOLDER]
Benchmarks: ${Object.keys(BENCHMARKS).join(', ')}
  --json     one line of JSON for each benchmark on standard output; progress goes to standard error
  --quick    fewer tickets and changes
  --profile  CPU profiles of the nodes into that folder`);
  process.exit(unknown === undefined ? 0 : 2);
}

const say = (line: string) => (values.json ? console.error(line) : console.log(line));
let running: Laboratory | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
  });

for (const name of names) {
  const started = performance.now();
  const lab = new Laboratory(values.profile ?? null);
  running = lab;
  try {
    const result = await BENCHMARKS[name]?.(lab, { quick: values.quick, say });
    if (!result) continue;
    if (values.json) console.log(JSON.stringify(result));
    const verdict = result.met === null ? '' : result.met ? ', reached' : ', NOT reached';
    say(
      `${name}: ${result.ratio === null ? '' : `${result.ratio}; `}${result.goal === null ? 'no goal' : `goal: ${result.goal}${verdict}`} (${((performance.now() - started) / 1000).toFixed(0)} s)\n`,
    );
  } finally {
    await lab.stop();
    running = null;
  }
}
