import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Connector } from '../connector.ts';
import { CHECKS } from './checks.ts';
import { EXCEPTIONS, type Exception } from './exceptions.ts';
import { EXCEPTED, SUITE } from './names.ts';
import { type Check, Stage } from './stage.ts';
import type { ConformanceWorld } from './world.ts';

export type { ConformanceWorld, Delivered, FaultName, HumanFile } from './world.ts';

export interface ConformanceOptions<S> {
  /** For people: `zendesk simulator`, `redmine 5.0`. Unique. */
  readonly name: string;
  readonly connector: Connector<S>;
  readonly world: ConformanceWorld;
  /** Default: those of exceptions.ts. */
  readonly exceptions?: readonly Exception[];
  /** Milliseconds for one check; default 60,000. */
  readonly timeout?: number;
}

/** Runs one check on a tracker of its own. */
export async function runCheck(check: Check, world: ConformanceWorld): Promise<void> {
  await check.run(new Stage(world, await world.open()));
}

/** Runs an excepted check: it must fail, or the exception has to go. */
export async function runExcepted(check: Check, world: ConformanceWorld, exception: Exception): Promise<void> {
  if (exception.cannotRun) return;
  const holds = await runCheck(check, world).then(
    () => true,
    () => false,
  );
  if (holds) throw new Error(`“${check.id}” holds for ${exception.connector}: take its exception out of exceptions.ts.`);
}

/** Registers every check that applies as a vitest test of its own. */
export function testConnector<S>({ name, connector, world, exceptions = EXCEPTIONS, timeout = 60_000 }: ConformanceOptions<S>): void {
  const mine = exceptions.filter((e) => e.connector === connector.id && (e.where === undefined || name.includes(e.where)));
  const unknown = mine.filter((e) => !CHECKS.some((c) => c.id === e.check));
  describe(`${SUITE}${name}`, () => {
    beforeAll(async () => world.start?.(), 300_000);
    afterAll(async () => world.stop?.(), 60_000);
    it('connector-is-well-formed: it has an id, names, settings that refuse nothing at all, and no unknown exceptions', () => {
      const words = [connector.name, connector.nouns.entity, connector.nouns.entities];
      if (!/^[a-z][a-z0-9-]*$/.test(connector.id)) throw new Error(`“${connector.id}” is no id: small letters, digits, hyphens.`);
      if (words.some((w) => !w.trim())) throw new Error('A name or noun is empty.');
      if (connector.settings.safeParse(undefined).success) throw new Error('Its settings accept nothing at all.');
      if (unknown.length) throw new Error(`exceptions.ts names checks that do not exist: ${unknown.map((e) => e.check).join(', ')}.`);
    });
    for (const check of CHECKS) {
      if (!check.needs(world)) continue;
      const exception = mine.find((e) => e.check === check.id);
      if (exception) it(`${check.id}: ${EXCEPTED}${exception.reason}`, () => runExcepted(check, world, exception), timeout);
      else it(`${check.id}: ${check.title}`, () => runCheck(check, world), timeout);
    }
  });
}
