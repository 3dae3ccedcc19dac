import { chanceOf, history, SCENARIOS, type ScenarioName } from './history.ts';

const args = Object.fromEntries(process.argv.slice(2).map((a) => a.split('=')));
const actionsOf = (seed: number) => {
  const c = chanceOf(seed * 31 + 7);
  return Array.from({ length: 120 }, () => Math.floor(c() * 2 ** 31));
};
if (args.seed) {
  const v = await history({
    scenario: args.scenario,
    seed: Number(args.seed),
    actions: actionsOf(Number(args.seed)),
    verbose: true,
    ...(args.platforms ? { platforms: args.platforms.split(',') } : {}),
  });
  console.log(v.log.join('\n'));
  console.log(v.bad, v.why, v.announced);
  if (args.rows) console.log(JSON.stringify(v.rows, null, 1));
} else
  for (const scenario of (args.scenario ? args.scenario.split(',') : Object.keys(SCENARIOS)) as ScenarioName[]) {
    const kinds: Record<string, number> = {};
    const first: string[] = [];
    const n = Number(args.runs ?? 200);
    let bad = 0;
    const t = performance.now();
    for (let seed = Number(args.from ?? 1); seed < Number(args.from ?? 1) + n; seed++) {
      const v = await history({ scenario, seed, actions: actionsOf(seed), ...(args.platforms ? { platforms: args.platforms.split(',') } : {}) }).catch((e) => ({
        bad: [`crash ${e.message.slice(0, 60)}`],
        why: [e.stack.split('\n').slice(0, 4).join(' ')],
        announced: [],
      }));
      if (v.bad.length) {
        bad++;
        for (const b of v.bad) kinds[b] = (kinds[b] ?? 0) + 1;
        if (first.length < 3) first.push(`${seed}: ${v.why.slice(0, 2).join('; ').slice(0, 300)}`);
      }
    }
    console.log(scenario, `bad ${bad}/${n}`, JSON.stringify(kinds), `${((performance.now() - t) / n).toFixed(1)} ms`);
    for (const f of first) console.log('   ', f);
  }
