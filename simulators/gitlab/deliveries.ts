import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DeliveryNetwork } from '../http/delivery-network.ts';
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

export type Deliveries = DeliveryNetwork<Delivery, DeliverySettings>;

/** After this many failures in a row a webhook is left out for a while, which doubles with each further one; then for good. */
const GRACE = 3;
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 86_400_000;
const FOR_GOOD = 40;

export function createDeliveries(site: Site): Deliveries {
  const network: Deliveries = new DeliveryNetwork({ retryDelaysMs: [1_000, 3_000], timeoutMs: 10_000 });

  const headersOf = (hook: Hook, delivery: Delivery, body: string): Record<string, string> => {
    const at = String(Math.floor(site.clock.now() / 1000));
    const key = Buffer.from((hook.signing_token ?? '').replace('whsec_', ''), 'base64');
    const signed = site.settings.webhookSigning && hook.signing_token !== null;
    const signature = createHmac('sha256', key).update(`${delivery.id}.${at}.${body}`).digest('base64');
    return {
      'content-type': 'application/json',
      'user-agent': 'GitLab/19.0.0-ee',
      'idempotency-key': delivery.id,
      'x-gitlab-event': delivery.event,
      'x-gitlab-event-uuid': randomUUID(),
      'x-gitlab-webhook-uuid': `${hook.id}`,
      'x-gitlab-instance': site.url,
      ...(hook.token === null ? {} : { 'x-gitlab-token': hook.token }),
      ...(signed ? { 'webhook-id': delivery.id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` } : {}),
    };
  };

  const send = async (hook: Hook, delivery: Delivery, body: string): Promise<void> => {
    // After the work that caused it: what it tells of can be read.
    await wait(0);
    for (let attempt = 0; ; attempt += 1) {
      if (network.stopped || !site.hooks.includes(hook)) return;
      delivery.tries = attempt + 1;
      delivery.statusCode = await network.post(hook.url, headersOf(hook, delivery, body), body);
      const delay = network.settings.retryDelaysMs[attempt];
      if (delivery.statusCode !== null || delay === undefined) break;
      await network.pause(delay);
    }
    const good = delivery.statusCode !== null && delivery.statusCode < 300;
    delivery.status = good ? 'completed' : 'failed';
    judge(site, hook, good);
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
      network.dispatch(delivery, {
        send: () => send(hook, delivery, body),
        mark: (fate) => {
          delivery.status = fate;
        },
        repeat: () => void network.track(send(hook, network.note({ ...delivery }), body)),
      });
    }
  });

  return network;
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
