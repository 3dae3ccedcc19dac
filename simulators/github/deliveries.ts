import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DeliveryNetwork } from '../http/delivery-network.ts';
import { type Hub, repoOf, stamp } from './hub.ts';
import type { Hook, HubEvent, Repo } from './model.ts';
import { eventPayload } from './payloads.ts';

/** One message to one webhook: of a repository, or (`hook` null) of the App. A repeat has the same `guid` and an id of its own. */
export interface Delivery {
  id: number;
  guid: string;
  hook: number | null;
  repo: number;
  event: string;
  action: string | null;
  delivered_at: string;
  redelivery: boolean;
  /** Seconds. */
  duration: number;
  /** `OK`, or what went wrong. */
  status: string;
  /** 0: no answer. */
  status_code: number;
  state: 'pending' | 'done' | 'lost' | 'held';
  installation: number | null;
  url: string;
  request: { headers: Record<string, string>; payload: Record<string, unknown> };
  response: { headers: Record<string, string>; payload: string };
}

export interface DeliverySettings {
  timeoutMs: number;
  /** Wait before it is sent. Real milliseconds. */
  delayMs: number;
}

export type Deliveries = DeliveryNetwork<Delivery, DeliverySettings> & {
  /** Sends to a repository's webhook what is not an event of an issue. */
  send(hook: Hook, repo: Repo, event: string, payload: Record<string, unknown>): void;
  /** Sends once more what was sent, as somebody asked. */
  again(delivery: Delivery): void;
};

interface Receiver {
  hook: Hook | null;
  url: string;
  secret: string | null;
  form: boolean;
}

/** Sends each event to the webhooks that want it: signed, once. Nothing is repeated by itself. */
export function createDeliveries(hub: Hub): Deliveries {
  const network = new DeliveryNetwork<Delivery, DeliverySettings>({ timeoutMs: 10_000, delayMs: 0 });

  const post = async (to: Receiver, delivery: Delivery) => {
    // Never before the change that it tells of has been answered for.
    await wait(0);
    await network.pause(network.settings.delayMs);
    if (network.stopped) return;
    const startedAt = performance.now();
    const json = JSON.stringify(delivery.request.payload);
    const body = to.form ? `payload=${encodeURIComponent(json)}` : json;
    const headers = { ...headersOf(hub, to, delivery), ...signatures(to.secret, body) };
    delivery.request.headers = headers;
    delivery.state = 'done';
    delivery.delivered_at = stamp(hub);
    try {
      const response = await fetch(to.url, { method: 'POST', redirect: 'manual', signal: network.deadline(), headers, body });
      delivery.status_code = response.status;
      delivery.status = response.ok ? 'OK' : response.statusText || `Invalid HTTP Response: ${response.status}`;
      delivery.response = { headers: Object.fromEntries(response.headers), payload: (await response.text()).slice(0, 1_000) };
    } catch (error) {
      delivery.status_code = 0;
      delivery.status = error instanceof Error && error.name === 'TimeoutError' ? 'timed out' : 'failed to connect to host';
    }
    delivery.duration = Math.round((performance.now() - startedAt) / 10) / 100;
    if (to.hook) to.hook.last = { code: delivery.status_code || null, status: delivery.status === 'OK' ? 'active' : 'unused', message: delivery.status };
  };

  const dispatch = (
    to: Receiver,
    repo: Repo,
    event: string,
    payload: Record<string, unknown>,
    given: { guid: string; redelivery: boolean; installation: number | null },
  ) => {
    const delivery: Delivery = {
      id: hub.nextId(),
      ...given,
      hook: to.hook?.id ?? null,
      repo: repo.id,
      event,
      action: typeof payload.action === 'string' ? payload.action : null,
      delivered_at: stamp(hub),
      duration: 0,
      status: '',
      status_code: 0,
      state: 'pending',
      url: to.url,
      request: { headers: {}, payload },
      response: { headers: {}, payload: '' },
    };
    network.dispatch(delivery, {
      send: () => post(to, delivery),
      mark(fate) {
        delivery.state = fate;
        // As with a receiver that is down: GitHub knows that it failed, and leaves it at that.
        if (fate === 'lost') delivery.status = 'failed to connect to host';
      },
      repeat: () => dispatch(to, repo, event, payload, { ...given, redelivery: true }),
    });
  };

  const receiverOf = (hook: Hook): Receiver => ({ hook, url: hook.config.url, secret: hook.config.secret, form: hook.config.content_type === 'form' });
  const appReceiver = (): Receiver => {
    const { url, secret, content_type } = hub.app.webhook;
    return { hook: null, url, secret, form: content_type === 'form' };
  };

  hub.listeners.push((event: HubEvent) => {
    const guid = randomUUID();
    for (const hook of hub.hooks) {
      if (!hook.active || hook.repo !== event.repo.id || !(hook.events.includes('*') || hook.events.includes(event.name))) continue;
      dispatch(receiverOf(hook), event.repo, event.name, eventPayload(hub, event, null), { guid, redelivery: false, installation: null });
    }
    if (hub.app.webhook.url === '' || !hub.app.events.includes(event.name)) return;
    for (const { id, account, repos, suspended_at } of hub.installations) {
      if (account !== event.repo.owner || suspended_at || (repos !== 'all' && !repos.includes(event.repo.id))) continue;
      dispatch(appReceiver(), event.repo, event.name, eventPayload(hub, event, id), { guid, redelivery: false, installation: id });
    }
  });

  return Object.assign(network, {
    send: (hook: Hook, repo: Repo, event: string, payload: Record<string, unknown>) =>
      dispatch(receiverOf(hook), repo, event, payload, { guid: randomUUID(), redelivery: false, installation: null }),
    again(delivery: Delivery) {
      const hook = hub.hooks.find(({ id }) => id === delivery.hook);
      if (delivery.hook !== null && !hook) return;
      const { guid, installation } = delivery;
      dispatch(hook ? receiverOf(hook) : appReceiver(), repoOf(hub, delivery.repo), delivery.event, delivery.request.payload, {
        guid,
        redelivery: true,
        installation,
      });
    },
  });
}

function headersOf(hub: Hub, to: Receiver, { guid, event, repo }: Delivery): Record<string, string> {
  return {
    'content-type': to.form ? 'application/x-www-form-urlencoded' : 'application/json',
    accept: '*/*',
    'user-agent': 'GitHub-Hookshot/simulated',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(to.hook?.id ?? hub.app.id),
    'x-github-hook-installation-target-id': String(to.hook ? repo : hub.app.id),
    'x-github-hook-installation-target-type': to.hook ? 'repository' : 'integration',
  };
}

const signatures = (secret: string | null, body: string): Record<string, string> =>
  secret === null || secret === ''
    ? {}
    : {
        'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      };
