import { ERRORS } from './core/errors.ts';
import { TrackerError } from './core/tracker-error.ts';
import type { Engine, Sweep } from './engine/index.ts';
import type { Instance, Store } from './engine/ports.ts';
import type { CallContext } from './lib/http.ts';
import type { Logger } from './lib/log.ts';
import type { ConnectedTrackers } from './trackers.ts';

export interface PollerDeps {
  readonly engine: Engine;
  readonly store: Store;
  readonly trackers: ConnectedTrackers;
  instanceIds(): Promise<readonly string[]>;
  /** Between two looks at one instance. */
  readonly everyMs: number;
  /** A name for this process. */
  readonly holder: string;
  /** Where the tracker reaches us; null: nowhere, so that no webhook is registered. */
  webhookUrl(instance: string): string | null;
  readonly log: Logger;
}

export interface Poller {
  /** Looks at the instance at once, and registers its webhook anew. */
  look(instance: string): void;
  /** Why the tracker would not take our webhook when it was asked last, in a sentence; null: it was not asked here, or took it. */
  refused(instance: string): string | null;
  stop(): Promise<void>;
}

const REGISTER_AGAIN_MS = 3_600_000;
const SWEEP_AGAIN_MS = 6 * 3_600_000;

/** Asks each tracker for changes now and then, whether it has a webhook or not: notices get lost. Of several processes one asks. */
export function startPoller(deps: PollerDeps): Poller {
  const { engine, store, trackers, log } = deps;
  const ending = new AbortController();
  const running = new Map<string, Promise<void>>();
  const registered = new Map<string, number>();
  const refusals = new Map<string, string>();
  const notBefore = new Map<string, number>();
  const sweeps = new Map<string, { readonly state: Sweep | null; readonly notBefore: number }>();
  const call: CallContext = { signal: ending.signal, priority: 'normal' };
  const leaseMs = Math.max(60_000, deps.everyMs * 3);

  async function poll(id: string): Promise<void> {
    if ((notBefore.get(id) ?? 0) > Date.now()) return;
    const key = `poll ${id}`;
    const take = () => store.transaction((tx) => tx.takeLease(key, deps.holder, leaseMs));
    if (!(await take())) return;
    const instance = await store.transaction((tx) => tx.instance(id));
    if (!instance || instance.problem || (instance.pausedUntil !== null && Date.parse(instance.pausedUntil) > Date.now())) return;
    try {
      await register(instance);
      while (!ending.signal.aborted && (await engine.poll(id, call)).more) if (!(await take())) return;
      await sweep(id);
    } catch (error) {
      if (!ending.signal.aborted) await failed(id, error);
    }
  }

  async function register(instance: Instance): Promise<void> {
    const url = deps.webhookUrl(instance.id);
    if (url === null || (registered.get(instance.id) ?? 0) > Date.now() - REGISTER_AGAIN_MS) return;
    const { webhook } = await trackers.of(instance.id);
    if (!webhook) return;
    try {
      const known = await webhook.register(url, instance.webhook ?? {}, call);
      await change(instance.id, (now) => ({ ...now, webhook: known }));
      registered.set(instance.id, Date.now());
      refusals.delete(instance.id);
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      // Without it, polling does the work. Tried again in a while, not at every look.
      registered.set(instance.id, Date.now() - REGISTER_AGAIN_MS + 300_000);
      refusals.set(instance.id, error.message);
      log.warn({ instance: instance.slug, kind: error.kind }, `No webhook could be registered: ${error.message}`);
    }
  }

  /** A page at each look, and a rest after each pass. */
  async function sweep(id: string): Promise<void> {
    const before = sweeps.get(id);
    if (before && before.notBefore > Date.now()) return;
    const state = await engine.sweep(id, before?.state ?? null, { ...call, priority: 'bulk' });
    sweeps.set(id, { state, notBefore: state ? 0 : Date.now() + SWEEP_AGAIN_MS });
  }

  const change = (id: string, to: (now: Instance) => Instance) =>
    store.transaction(async (tx) => {
      const now = await tx.instance(id);
      if (now) await tx.saveInstance(to(now));
    });

  async function failed(id: string, error: unknown): Promise<void> {
    if (error instanceof TrackerError && error.kind === 'auth') {
      const { remedy } = ERRORS['tracker-auth'];
      const problem = {
        level: 'instance',
        code: 'tracker-auth',
        message: error.message,
        remedy,
        since: new Date().toISOString(),
        attempts: 1,
        retryAt: null,
      } as const;
      await change(id, (now) => ({ ...now, problem: now.problem ?? problem }));
    } else if (error instanceof TrackerError && error.kind === 'rate-limited' && error.retryAt !== undefined) {
      // Trackers limit their feeds by themselves: that is no reason to let syncs wait.
      notBefore.set(id, error.retryAt);
      return;
    }
    log.warn({ instance: id }, `Looking for changes failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  function look(id: string): void {
    if (running.has(id) || ending.signal.aborted) return;
    const work = poll(id)
      .catch((error: unknown) => log.error({ instance: id, err: error }, 'polling failed'))
      .finally(() => running.delete(id));
    running.set(id, work);
  }

  async function lookAtAll(): Promise<void> {
    for (const id of await deps.instanceIds()) look(id);
  }

  const report = (error: unknown) => log.error({ err: error }, 'polling failed');
  const timer = setInterval(() => void lookAtAll().catch(report), deps.everyMs);
  void lookAtAll().catch(report);

  return {
    look(id) {
      registered.delete(id);
      notBefore.delete(id);
      look(id);
    },
    refused: (id) => refusals.get(id) ?? null,
    async stop() {
      clearInterval(timer);
      ending.abort(new Error('The node is stopping.'));
      await Promise.allSettled(running.values());
    },
  };
}

/** The address for webhooks, or null: a tracker can only call https; loopback (a demo, a test) only where the operator has allow-listed it. */
export function webhookBase(url: string, allowPrivate: ReadonlySet<string>): string | null {
  const { protocol, host, origin } = new URL(url);
  return protocol === 'https:' || allowPrivate.has(host.toLowerCase()) ? origin : null;
}
