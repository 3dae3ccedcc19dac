import { randomBytes } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import { timestamp } from './account.ts';
import type { Call, Route } from './call.ts';
import type { Deliveries } from './deliveries.ts';
import { ApiError } from './errors.ts';

/** A webhook as the API shows it, without its secret. Ids are text. */
export interface Webhook {
  id: string;
  name: string;
  description: string;
  status: 'active' | 'inactive';
  endpoint: string;
  http_method: string;
  request_format: string;
  subscriptions: string[];
  custom_headers: Record<string, string> | null;
  authentication: Record<string, unknown> | null;
  created_at: string;
  created_by: string;
  updated_at: string;
  updated_by: string;
}

export interface WebhookBook {
  webhooks: Map<string, Webhook>;
  secrets: Map<string, string>;
}

/** What can be subscribed to, without the `zen:event-type:ticket.` in front. */
const TICKET_EVENTS = [
  'agent_assignment_changed',
  'attachment_linked_to_comment',
  'attachment_redacted_from_comment',
  'brand_changed',
  'comment_added',
  'comment_made_private',
  'comment_redacted',
  'created',
  'custom_field_changed',
  'custom_status_changed',
  'description_changed',
  'email_ccs_changed',
  'external_id_changed',
  'followers_changed',
  'form_changed',
  'group_assignment_changed',
  'marked_as_spam',
  'merged',
  'organization_changed',
  'permanently_deleted',
  'priority_changed',
  'problem_link_changed',
  'requester_changed',
  'soft_deleted',
  'status_changed',
  'subject_changed',
  'submitter_changed',
  'tags_changed',
  'task_due_at_changed',
  'type_changed',
  'undeleted',
];

/** Webhooks: administrators only. */
export function webhookRoutes(book: WebhookBook, deliveries: Deliveries): Route[] {
  const common = { access: 'admin', scope: 'webhooks' } as const;
  const find = (call: Call): Webhook => {
    const webhook = book.webhooks.get(call.params.id ?? '');
    if (!webhook) throw refusal(404, 'WebhookNotFound', 'Webhook not found');
    return webhook;
  };
  const change = (call: Call): Answer => {
    const webhook = find(call);
    const merged = { ...webhook, ...inputOf(call) };
    Object.assign(webhook, read(merged), { updated_at: timestamp(call.account), updated_by: String(call.user.id) });
    return { status: 204 };
  };
  const secretAnswer = (webhook: Webhook) => ({ signing_secret: { algorithm: 'SHA256', secret: book.secrets.get(webhook.id) } });
  return [
    {
      ...common,
      method: 'GET',
      path: '/api/v2/webhooks',
      handle(call) {
        const wanted = call.query.get('filter[name_contains]')?.toLowerCase();
        const shown = [...book.webhooks.values()].filter((webhook) => wanted === undefined || webhook.name.toLowerCase().includes(wanted));
        return {
          status: 200,
          json: { webhooks: shown, meta: { has_more: false, after_cursor: null, before_cursor: null }, links: { next: null, prev: null } },
        };
      },
    },
    {
      ...common,
      method: 'POST',
      path: '/api/v2/webhooks',
      handle(call) {
        const at = timestamp(call.account);
        const by = String(call.user.id);
        const webhook: Webhook = {
          ...read(inputOf(call)),
          id: newId(call.account.clock.now()),
          created_at: at,
          created_by: by,
          updated_at: at,
          updated_by: by,
        };
        book.webhooks.set(webhook.id, webhook);
        book.secrets.set(webhook.id, newSecret());
        return { status: 201, json: { webhook } };
      },
    },
    { ...common, method: 'GET', path: '/api/v2/webhooks/:id', handle: (call) => ({ status: 200, json: { webhook: find(call) } }) },
    { ...common, method: 'PATCH', path: '/api/v2/webhooks/:id', handle: change },
    { ...common, method: 'PUT', path: '/api/v2/webhooks/:id', handle: change },
    {
      ...common,
      method: 'DELETE',
      path: '/api/v2/webhooks/:id',
      handle(call) {
        const { id } = find(call);
        book.webhooks.delete(id);
        book.secrets.delete(id);
        return { status: 204 };
      },
    },
    { ...common, method: 'GET', path: '/api/v2/webhooks/:id/signing_secret', handle: (call) => ({ status: 200, json: secretAnswer(find(call)) }) },
    {
      ...common,
      method: 'POST',
      path: '/api/v2/webhooks/:id/signing_secret',
      handle(call) {
        const webhook = find(call);
        book.secrets.set(webhook.id, newSecret());
        return { status: 201, json: secretAnswer(webhook) };
      },
    },
    {
      ...common,
      method: 'GET',
      path: '/api/v2/webhooks/:id/invocations',
      handle(call) {
        const { id } = find(call);
        const invocations = deliveries.list().filter((delivery) => delivery.webhookId === id);
        const shown = invocations.map((one) => ({
          id: one.id,
          status: one.status,
          status_code: one.statusCode,
          latest_completed_at: timestamp(call.account, one.at),
        }));
        return { status: 200, json: { invocations: shown, meta: { has_more: false }, links: { next: null, prev: null } } };
      },
    },
  ];
}

type WebhookInput = Omit<Webhook, 'id' | 'created_at' | 'created_by' | 'updated_at' | 'updated_by'>;

function read(input: Record<string, unknown>): WebhookInput {
  const text = (name: string) => {
    const value = input[name];
    if (typeof value !== 'string' || value.trim() === '') throw refusal(400, 'InvalidWebhook', `${name} is required`);
    return value.trim();
  };
  const endpoint = text('endpoint');
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) throw refusal(400, 'InvalidEndpoint', 'endpoint is not a valid URL');
  const status = text('status');
  if (status !== 'active' && status !== 'inactive') throw refusal(400, 'InvalidStatus', 'status must be active or inactive');
  const subscriptions = Array.isArray(input.subscriptions) ? input.subscriptions.map(String) : [];
  const conditional = subscriptions.includes('conditional_ticket_events');
  if (conditional && subscriptions.length > 1) throw refusal(400, 'InvalidSubscription', 'conditional_ticket_events cannot be combined with event types');
  for (const subscription of subscriptions) {
    const known = subscription === 'conditional_ticket_events' || TICKET_EVENTS.some((event) => subscription === `zen:event-type:ticket.${event}`);
    if (!known) throw refusal(400, 'InvalidSubscription', `${subscription} is not an event type`);
  }
  const method = text('http_method');
  const format = text('request_format');
  if (!conditional && subscriptions.length > 0 && (method !== 'POST' || format !== 'json')) {
    throw refusal(400, 'InvalidWebhook', 'A webhook that is subscribed to events must use POST and json');
  }
  const headers = input.custom_headers;
  const authentication = input.authentication;
  return {
    name: text('name'),
    description: typeof input.description === 'string' ? input.description : '',
    status,
    endpoint,
    http_method: method,
    request_format: format,
    subscriptions,
    custom_headers: typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : null,
    authentication: typeof authentication === 'object' && authentication !== null ? (authentication as Record<string, unknown>) : null,
  };
}

function inputOf(call: Call): Record<string, unknown> {
  const webhook = call.body.webhook;
  if (typeof webhook !== 'object' || webhook === null) throw refusal(400, 'InvalidWebhook', 'webhook is required');
  return webhook as Record<string, unknown>;
}

/** This API has errors of a form of its own. */
function refusal(status: number, code: string, title: string): ApiError {
  return new ApiError(status, { errors: [{ code, title, detail: title }] });
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Sortable by time, like the vendor's: ten letters of time, sixteen of chance. */
function newId(now: number): string {
  let time = '';
  for (let left = now, index = 0; index < 10; index += 1) {
    time = `${LETTERS[left % 32]}${time}`;
    left = Math.floor(left / 32);
  }
  return time + [...randomBytes(16)].map((byte) => LETTERS[byte % 32]).join('');
}
