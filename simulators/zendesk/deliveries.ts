import { createHmac, randomUUID } from 'node:crypto';
import { DeliveryNetwork } from '../http/delivery-network.ts';
import { type Account, timestamp } from './account.ts';
import type { TicketEvent } from './model.ts';
import type { Webhook, WebhookBook } from './webhooks.ts';

/** One event on its way to one webhook. */
export interface Delivery {
  id: string;
  webhookId: string;
  type: string;
  ticketId: number;
  /** By the account's clock. */
  at: number;
  status: 'pending' | 'completed' | 'failed' | 'lost' | 'held';
  /** Of the last try; null: no answer. */
  statusCode: number | null;
  tries: number;
}

export interface DeliverySettings {
  /** Waits before each repeat; as many repeats as there are numbers. Real milliseconds. */
  retryDelaysMs: number[];
  timeoutMs: number;
  /** Wait before the first try. */
  delayMs: number;
}

export type Deliveries = DeliveryNetwork<Delivery, DeliverySettings>;

/** Sends each ticket event to the webhooks that subscribe to it: signed, repeated on failure, in no particular order. */
export function createDeliveries(account: Account, book: WebhookBook): Deliveries {
  const network: Deliveries = new DeliveryNetwork({ retryDelaysMs: [1_000, 3_000, 9_000], timeoutMs: 10_000, delayMs: 0 });

  const send = async (webhook: Webhook, delivery: Delivery, body: string) => {
    await network.pause(network.settings.delayMs);
    for (let attempt = 0; ; attempt += 1) {
      if (network.stopped || !book.webhooks.has(webhook.id)) return;
      delivery.tries = attempt + 1;
      delivery.statusCode = await network.post(webhook.endpoint, headersOf(webhook, delivery, body), body);
      if (delivery.statusCode !== null && delivery.statusCode < 300) {
        delivery.status = 'completed';
        return;
      }
      const delay = network.settings.retryDelaysMs[attempt];
      if (delay === undefined) {
        delivery.status = 'failed';
        return;
      }
      await network.pause(delay);
    }
  };

  const headersOf = (webhook: Webhook, delivery: Delivery, body: string): Record<string, string> => {
    const at = timestamp(account);
    const signature = createHmac('sha256', book.secrets.get(webhook.id) ?? '').update(at + body);
    return {
      ...webhook.custom_headers,
      ...credentialsOf(webhook),
      'content-type': 'application/json',
      'user-agent': 'Zendesk Webhook',
      'x-zendesk-account-id': String(account.id),
      'x-zendesk-webhook-id': webhook.id,
      'x-zendesk-webhook-invocation-id': delivery.id,
      'x-zendesk-webhook-signature': signature.digest('base64'),
      'x-zendesk-webhook-signature-timestamp': at,
    };
  };

  account.listeners.push((event) => {
    const type = `zen:event-type:ticket.${event.name}`;
    for (const webhook of book.webhooks.values()) {
      if (webhook.status !== 'active' || !webhook.subscriptions.includes(type)) continue;
      const delivery: Delivery = {
        id: randomUUID(),
        webhookId: webhook.id,
        type,
        ticketId: event.ticket.id,
        at: account.clock.now(),
        status: 'pending',
        statusCode: null,
        tries: 0,
      };
      // Written now: the event says how the ticket was at that moment, however late it arrives.
      const body = JSON.stringify(envelope(account, event, type));
      network.dispatch(delivery, {
        send: () => send(webhook, delivery, body),
        mark: (fate) => {
          delivery.status = fate;
        },
        repeat: () => void network.track(send(webhook, network.note({ ...delivery }), body)),
      });
    }
  });

  return network;
}

/** The credentials that the webhook was given for the receiver. */
function credentialsOf({ authentication }: Webhook): Record<string, string> {
  const data = (authentication?.data ?? {}) as Record<string, string>;
  switch (authentication?.type) {
    case 'bearer_token':
      return { authorization: `Bearer ${data.token}` };
    case 'basic_auth':
      return { authorization: `Basic ${Buffer.from(`${data.username}:${data.password}`).toString('base64')}` };
    case 'api_key':
      return { [data.name ?? 'x-api-key']: data.value ?? '' };
    default:
      return {};
  }
}

/** The event as the vendor writes it: ids are text, choices in capitals. */
function envelope(account: Account, { ticket, actorId, event }: TicketEvent, type: string) {
  const text = (id: number | null) => (id === null ? null : String(id));
  return {
    account_id: account.id,
    detail: {
      actor_id: String(actorId),
      assignee_id: text(ticket.assignee_id),
      brand_id: String(ticket.brand_id),
      created_at: ticket.created_at,
      custom_status: String(ticket.custom_status_id),
      description: ticket.description,
      external_id: ticket.external_id,
      form_id: text(ticket.ticket_form_id),
      group_id: text(ticket.group_id),
      id: String(ticket.id),
      is_public: ticket.is_public,
      organization_id: text(ticket.organization_id),
      priority: ticket.priority?.toUpperCase() ?? null,
      requester_id: String(ticket.requester_id),
      status: ticket.status.toUpperCase(),
      subject: ticket.subject,
      submitter_id: String(ticket.submitter_id),
      tags: ticket.tags,
      type: ticket.type?.toUpperCase() ?? null,
      updated_at: ticket.updated_at,
      via: { channel: ticket.via.channel === 'api' ? 'web_service' : ticket.via.channel },
    },
    event,
    id: randomUUID(),
    subject: `zen:ticket:${ticket.id}`,
    time: timestamp(account),
    type,
    zendesk_event_version: '2022-11-06',
  };
}
