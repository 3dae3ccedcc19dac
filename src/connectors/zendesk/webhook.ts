import { createHmac, timingSafeEqual } from 'node:crypto';
import { TrackerError } from '../../core/tracker-error.ts';
import type { Hint, Webhook } from '../connector.ts';
import type { WirePage, WireWebhook } from './api.ts';
import type { Client } from './client.ts';

/** What can change something that is synchronised. Zendesk does not mix these with `conditional_ticket_events`. */
const SUBSCRIPTIONS: readonly string[] = [
  'created',
  'comment_added',
  'comment_made_private',
  'comment_redacted',
  'attachment_linked_to_comment',
  'attachment_redacted_from_comment',
  'subject_changed',
  'description_changed',
  'status_changed',
  'priority_changed',
  'type_changed',
  'tags_changed',
  'brand_changed',
  'merged',
  'soft_deleted',
  'permanently_deleted',
  'marked_as_spam',
  'undeleted',
].map((event) => `zen:event-type:ticket.${event}`);

const NAME = 'Entente';
/** By how much a delivery's time may differ from ours. */
const TOLERANCE_MS = 300_000;

/** Makes or finds our webhook. Throws `forbidden` without the administrator's role. */
export const registerAt =
  (client: Client): Webhook['register'] =>
  async (url, known, call) => {
    const wanted = {
      name: NAME,
      description: 'Tells Entente which tickets may have changed.',
      endpoint: url,
      http_method: 'POST',
      request_format: 'json',
      status: 'active',
      subscriptions: SUBSCRIPTIONS,
    };
    const found: WireWebhook[] = [];
    for await (const page of client.pages<WirePage & { webhooks: WireWebhook[] }>(
      `/api/v2/webhooks?filter%5Bname_contains%5D=${NAME}`,
      'Listing webhooks',
      call,
    ))
      found.push(...page.webhooks);
    // Ours by its id (the node's address may have changed), else the one that delivers to this very address: a second one would double every notice.
    const mine = found.find(({ id }) => id === known.id) ?? found.find(({ endpoint }) => endpoint === url);
    let id = mine?.id;
    if (mine === undefined) {
      const made = await client.request({ method: 'POST', path: '/api/v2/webhooks', what: 'Registering the webhook', json: { webhook: wanted } }, call);
      ({ id } = made.json<{ webhook: WireWebhook }>().webhook);
    } else if (mine.endpoint !== url || mine.status !== 'active' || !sameList(mine.subscriptions ?? [], SUBSCRIPTIONS))
      await client.request({ method: 'PUT', path: `/api/v2/webhooks/${mine.id}`, what: 'Updating the webhook', json: { webhook: wanted } }, call);
    const what = 'Reading the webhook’s secret';
    const { signing_secret: signing } = await client.get<{ signing_secret?: { secret?: string } }>(`/api/v2/webhooks/${id}/signing_secret`, what, call);
    if (!id || !signing?.secret) throw new TrackerError('protocol', `${what}: Zendesk answered without one.`);
    return { id, secret: signing.secret };
  };

const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

/** Zendesk: base64(HMAC-SHA256(secret, timestamp + body)), the timestamp in ISO 8601. */
export const verify: Webhook['verify'] = ({ headers, body }, known, now) => {
  const given = headers['x-zendesk-webhook-signature'];
  const at = headers['x-zendesk-webhook-signature-timestamp'];
  if (typeof given !== 'string' || typeof at !== 'string' || !known.secret) return false;
  const sent = Date.parse(at);
  if (!/^\d{4}-\d\d-\d\dT/.test(at) || !(Math.abs(now - sent) <= TOLERANCE_MS)) return false;
  const expected = createHmac('sha256', known.secret).update(at).update(body).digest();
  const actual = Buffer.from(given, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
};

/** The ticket of an event. Its time of change is no version: two changes within a second have the same. */
export function hints(body: Buffer): readonly Hint[] {
  try {
    const { detail, type } = JSON.parse(body.toString('utf8')) as { detail?: { id?: unknown }; type?: unknown };
    const id = typeof detail?.id === 'number' ? String(detail.id) : detail?.id;
    return typeof type === 'string' && type.startsWith('zen:event-type:ticket.') && typeof id === 'string' && /^\d+$/.test(id)
      ? [{ ref: id, version: null }]
      : [];
  } catch {
    return [];
  }
}
