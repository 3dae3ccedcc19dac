import { parseArgs } from 'node:util';

/** What one simulator's `main.ts` can be told, beyond what all of them can. */
interface CommandLine<Seed extends string, Option extends string> {
  /** The vendor's folder below `simulators`. */
  vendor: string;
  /** The port by default: another for each simulator, so that all can run at once. */
  port: number;
  /** The first is the default. */
  seeds: readonly [Seed, ...Seed[]];
  /** More options, each with how it is shown; those without a value are shown without one: `--validate`. */
  options: Record<Option, string>;
}

export interface Given<Seed extends string, Option extends string> {
  port: number;
  host: string;
  seed: Seed;
  /** Empty unless `--limits off`. */
  limits: { limits?: 'off' };
  /** As text; of an option without a value, `true`. Absent: not given. */
  given: Partial<Record<Option, string | boolean>>;
  /** A port for the files: as given, else fixed as well, so that an operator can allow exactly this address. */
  filesPort: (given: string | boolean | undefined) => number;
}

/** Reads the command line of a simulator. Says how it is used, and ends the process, when it is asked to or cannot be understood. */
export function readCommandLine<Seed extends string, Option extends string>(line: CommandLine<Seed, Option>): Given<Seed, Option> {
  const more = Object.entries<string>(line.options);
  const usage = [`node simulators/${line.vendor}/main.ts --port ${line.port} --seed ${line.seeds[0]}`, ...more.map(([, shown]) => `[${shown}]`)];
  const refuse = (problem?: string): never => {
    if (problem !== undefined) console.error(problem);
    console.log(`Usage: ${usage.join(' ')} [--host 127.0.0.1] [--limits off]\nSeeds: ${line.seeds.join(', ')}`);
    process.exit(problem === undefined ? 0 : 2);
  };
  const values = read(
    {
      port: { type: 'string', default: String(line.port) },
      host: { type: 'string', default: '127.0.0.1' },
      seed: { type: 'string', default: line.seeds[0] },
      limits: { type: 'string' },
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(more.map(([name, shown]) => [name, { type: shown.includes(' ') ? ('string' as const) : ('boolean' as const) }])),
    },
    refuse,
  );
  if (values.help) refuse();
  const port = portOf(values.port) ?? refuse(`There is no port ${String(values.port)}.`);
  const seed = line.seeds.find((name) => name === values.seed) ?? refuse(`There is no seed ${String(values.seed)}.`);
  return {
    port,
    host: String(values.host),
    seed,
    limits: values.limits === 'off' ? { limits: 'off' } : {},
    given: values as Partial<Record<Option, string | boolean>>,
    filesPort: (given) => (given === undefined ? port + 100 : (portOf(given) ?? refuse(`There is no port ${String(given)}.`))),
  };
}

function read(options: Record<string, { type: 'string' | 'boolean'; default?: string | boolean }>, refuse: (problem: string) => never) {
  try {
    return parseArgs({ options }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Undefined for what is no port. 0 is any free one. */
const portOf = (text: string | boolean | undefined): number | undefined =>
  typeof text === 'string' && /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;

/** Says where it is, and stops it when the process is told to end. */
export function announce(lines: readonly string[], stop: () => Promise<void>): void {
  for (const line of lines) console.log(line);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      void stop().then(() => process.exit(0));
    });
  }
}
