import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { eventBody, eventHeader } from './event-body.ts';
import type { Hook, SiteEvent } from './model.ts';
import type { Site } from './site.ts';

/** One event on its way to one webhook. */
export interface Delivery {
  id: string;
  hookId: number;
  event: string;
  iid: number;
  at: number;
  status: 'pending' | 'completed' | 'failed' | 'lost' | 'held';
  /** Of the last try; null: no answer. */
  statusCode: number | null;
  tries: number;
}

export interface DeliverySettings {
  /** Waits before each repeat, real milliseconds; only where no answer came. */
  retryDelaysMs: number[];
  timeoutMs: number;
}

/** What the network does to the next deliveries: `hold` keeps them back until `release`, which sends them in reverse order. */
export interface DeliveryFaults {
  lose?: number;
  duplicate?: number;
  hold?: number;
}

export interface Deliveries {
  list(): Delivery[];
  clear(): void;
  set(settings: Partial<DeliverySettings>): void;
  fault(faults: DeliveryFaults): void;
  release(): Promise<void>;
  settled(): Promise<void>;
  stop(): void;
}

/** After this many failures in a row a webhook is left out for a while, which doubles with each further one; then for good. */
const GRACE = 3;
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 86_400_000;
const FOR_GOOD = 40;

export function createDeliveries(site: Site): Deliveries {
  const settings: DeliverySettings = { retryDelaysMs: [1_000, 3_000], timeoutMs: 10_000 };
  const faults = { lose: 0, duplicate: 0, hold: 0 };
  let log: Delivery[] = [];
  let held: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  const stopped = new AbortController();

  const post = async (hook: Hook, delivery: Delivery, body: string): Promise<number | null> => {
    const at = String(Math.floor(site.clock.now() / 1000));
    const key = Buffer.from((hook.signing_token ?? '').replace('whsec_', ''), 'base64');
    const signed = site.settings.webhookSigning && hook.signing_token !== null;
    const signature = createHmac('sha256', key).update(`${delivery.id}.${at}.${body}`).digest('base64');
    try {
      const response = await fetch(hook.url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(settings.timeoutMs)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'GitLab/19.0.0-ee',
          'idempotency-key': delivery.id,
          'x-gitlab-event': delivery.event,
          'x-gitlab-event-uuid': randomUUID(),
          'x-gitlab-webhook-uuid': `${hook.id}`,
          'x-gitlab-instance': site.url,
          ...(hook.token === null ? {} : { 'x-gitlab-token': hook.token }),
          ...(signed ? { 'webhook-id': delivery.id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` } : {}),
        },
        body,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  };

  const send = async (hook: Hook, delivery: Delivery, body: string): Promise<void> => {
    // After the work that caused it: what it tells of can be read.
    await wait(0);
    for (let attempt = 0; ; attempt += 1) {
      if (stopped.signal.aborted || !site.hooks.includes(hook)) return;
      delivery.tries = attempt + 1;
      delivery.statusCode = await post(hook, delivery, body);
      const delay = settings.retryDelaysMs[attempt];
      if (delivery.statusCode !== null || delay === undefined) break;
      await wait(delay, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    const good = delivery.statusCode !== null && delivery.statusCode < 300;
    delivery.status = good ? 'completed' : 'failed';
    judge(site, hook, good);
  };

  const start = (hook: Hook, delivery: Delivery, body: string): Promise<void> => {
    const run = send(hook, delivery, body).finally(() => running.delete(run));
    running.add(run);
    return run;
  };

  site.listeners.push((event) => {
    for (const hook of site.hooks) {
      if (hook.project_id !== event.project.id || !hook.events[flagOf(event)]) continue;
      if (hook.disabled || (hook.disabledUntil !== null && hook.disabledUntil > site.clock.now())) continue;
      const delivery: Delivery = {
        id: randomUUID(),
        hookId: hook.id,
        event: eventHeader(event),
        iid: event.issue.iid,
        at: site.clock.now(),
        status: 'pending',
        statusCode: null,
        tries: 0,
      };
      const body = JSON.stringify(eventBody(site, event));
      log.push(delivery);
      if (faults.lose > 0) {
        faults.lose -= 1;
        delivery.status = 'lost';
      } else if (faults.hold > 0) {
        faults.hold -= 1;
        delivery.status = 'held';
        held.push(() => start(hook, delivery, body));
      } else {
        void start(hook, delivery, body);
        if (faults.duplicate > 0) {
          faults.duplicate -= 1;
          const repeat = { ...delivery };
          log.push(repeat);
          void start(hook, repeat, body);
        }
      }
    }
  });

  return {
    list: () => log,
    clear: () => {
      log = [];
    },
    set: (next) => void Object.assign(settings, next),
    fault: (next) => void Object.assign(faults, next),
    async release() {
      const late = held.reverse();
      held = [];
      for (const deliver of late) await deliver();
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    stop: () => stopped.abort(),
  };
}

/** Confidential issues and internal notes have flags of their own. */
function flagOf({ kind, issue, note }: SiteEvent): string {
  if (kind === 'issue') return issue.confidential ? 'confidential_issues_events' : 'issues_events';
  return issue.confidential || note?.internal ? 'confidential_note_events' : 'note_events';
}

function judge(site: Site, hook: Hook, good: boolean): void {
  hook.failures = good ? 0 : hook.failures + 1;
  if (good) hook.disabledUntil = null;
  if (hook.failures >= FOR_GOOD) hook.disabled = true;
  else if (hook.failures > GRACE) hook.disabledUntil = site.clock.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (hook.failures - GRACE - 1));
}
