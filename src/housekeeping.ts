import type pg from 'pg';
import type { Store } from './engine/ports.ts';
import type { Logger } from './lib/log.ts';
import type { Vault } from './lib/secrets.ts';
import { reseal } from './store/reseal.ts';
import { pruneRuns } from './store/run.ts';

export interface HousekeepingDeps {
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly vault: Vault;
  /** Something may still be sealed with a key that is on its way out. */
  readonly olderKeys: boolean;
  /** How long the record of sync runs is kept. */
  readonly keepDays: number;
  /** A name for this process. */
  readonly holder: string;
  readonly log: Logger;
}

const EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** What has to be done now and then, by one of several processes: at the start, and every six hours. */
export function startHousekeeping(deps: HousekeepingDeps): { stop(): Promise<void> } {
  const { pool, store, vault, log } = deps;
  let running: Promise<void> = Promise.resolve();

  async function tidy(): Promise<void> {
    if (!(await store.transaction((tx) => tx.takeLease('housekeeping', deps.holder, EVERY_MS / 2)))) return;
    const pruned = await pruneRuns(pool, new Date(Date.now() - deps.keepDays * DAY_MS));
    const sealed = deps.olderKeys ? await reseal(pool, vault) : 0;
    if (pruned > 0 || sealed > 0) log.info({ pruned, sealed }, 'housekeeping');
    await store.transaction((tx) => tx.releaseLease('housekeeping', deps.holder));
  }
  const again = (): void => {
    running = running.then(tidy).catch((error: unknown) => log.error({ err: error }, 'housekeeping failed'));
  };
  again();
  const timer = setInterval(again, EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
