import { createHmac, randomUUID } from 'node:crypto';
import { DeliveryNetwork } from '../http/delivery-network.ts';
import { textOf } from './documents.ts';
import { parseJql } from './jql.ts';
import type { SiteEvent } from './model.ts';
import { fieldsOf, presentAttachment, presentComment, presentUser } from './present.ts';
import { projectOf, type Site, userOf } from './site.ts';
import type { Webhook } from './webhooks.ts';

/** One event on its way to one webhook. */
export interface Delivery {
  /** `X-Atlassian-Webhook-Identifier`: the same in every try. */
  id: string;
  webhookId: string;
  event: string;
  issue: string;
  /** By the site's clock. */
  at: number;
  status: 'pending' | 'completed' | 'failed' | 'lost' | 'held';
  /** Of the last try; null: no answer. */
  statusCode: number | null;
  tries: number;
}

export interface DeliverySettings {
  /** Waits before each repeat, in real milliseconds. Vendor: five repeats, 5 to 15 minutes apart. */
  retryDelaysMs: number[];
  timeoutMs: number;
  delayMs: number;
}

export type Deliveries = DeliveryNetwork<Delivery, DeliverySettings>;

/** Repeated: no answer, 408, 409, 425, 429 and 5xx. Anything else is the receiver's last word. */
const repeats = (status: number | null): boolean => status === null || [408, 409, 425, 429].includes(status) || status >= 500;

/** Sends each event to the webhooks that want it: signed, repeated, in no particular order. */
export function createDeliveries(site: Site, webhooks: readonly Webhook[]): Deliveries {
  const network: Deliveries = new DeliveryNetwork({ retryDelaysMs: [1_000, 3_000, 9_000, 9_000, 9_000], timeoutMs: 20_000, delayMs: 0 });

  const send = async (hook: Webhook, delivery: Delivery, body: string): Promise<void> => {
    await network.pause(network.settings.delayMs);
    for (let attempt = 0; ; attempt += 1) {
      if (network.stopped || !webhooks.includes(hook)) return;
      delivery.tries = attempt + 1;
      delivery.statusCode = await network.post(hook.url, headersOf(hook, delivery, body), body);
      const delay = network.settings.retryDelaysMs[attempt];
      if (!repeats(delivery.statusCode)) delivery.status = (delivery.statusCode ?? 0) < 300 ? 'completed' : 'failed';
      else if (delay === undefined) delivery.status = 'failed';
      if (delivery.status !== 'pending') return;
      await network.pause(delay ?? 0);
    }
  };

  site.listeners.push((event) => {
    for (const hook of webhooks) {
      if (!hook.enabled || !hook.events.includes(event.name) || !passes(site, hook, event)) continue;
      const at = site.clock.now();
      const delivery: Delivery = {
        id: randomUUID(),
        webhookId: hook.id,
        event: event.name,
        issue: event.issue.key,
        at,
        status: 'pending',
        statusCode: null,
        tries: 0,
      };
      // Written now: it says how the issue was at that moment, however late it arrives.
      const body = hook.excludeBody ? '' : JSON.stringify(payload(site, event));
      network.dispatch(delivery, {
        send: () => {
          delivery.status = 'pending';
          return send(hook, delivery, body);
        },
        mark: (fate) => {
          delivery.status = fate;
        },
        repeat: () => void network.track(send(hook, { ...delivery }, body)),
      });
    }
  });

  return network;
}

const headersOf = (hook: Webhook, { id, tries }: Delivery, body: string): Record<string, string> => ({
  'content-type': 'application/json; charset=UTF-8',
  'user-agent': 'Atlassian Webhook HTTP Client',
  'x-atlassian-webhook-identifier': id,
  'x-atlassian-webhook-flow': 'Primary',
  ...(tries > 1 ? { 'x-atlassian-webhook-retry': String(tries - 1) } : {}),
  ...(hook.secret === '' ? {} : { 'x-hub-signature': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}` }),
});

function passes(site: Site, { filter, by }: Webhook, { issue }: SiteEvent): boolean {
  const entry = issue.index.at(-1);
  if (filter.trim() === '' || !entry) return true;
  try {
    return parseJql(site, userOf(site, by), filter).matches(issue, entry);
  } catch {
    return false;
  }
}

/** The event as Jira writes it. Texts in webhooks are wiki or plain text even in Cloud. */
function payload(site: Site, { name, type, issue, actor, comment, attachment, history }: SiteEvent) {
  const reader = { site, user: null };
  const { comment: _comments, ...fields } = fieldsOf(reader, issue, projectOf(site, issue));
  const self = `${site.url}/rest/api/2/issue/${issue.id}`;
  const { properties: _properties, ...said } = comment ? presentComment(reader, issue, comment) : {};
  return {
    timestamp: site.clock.now(),
    webhookEvent: name,
    ...(type ? { issue_event_type_name: type } : {}),
    ...(name.startsWith('jira:') ? { user: presentUser(reader, actor) } : {}),
    ...(name.startsWith('attachment_')
      ? {}
      : { issue: { id: issue.id, self, key: issue.key, fields: { ...fields, description: issue.description === null ? null : textOf(issue.description) } } }),
    ...(history ? { changelog: { id: history.id, items: history.items } } : {}),
    ...(comment ? { comment: { ...said, body: textOf(comment.body) } } : {}),
    ...(attachment ? { attachment: presentAttachment(reader, attachment) } : {}),
  };
}
