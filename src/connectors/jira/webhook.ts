import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Hint, Webhook } from '../connector.ts';
import type { WireWebhook } from './api.ts';
import type { Client } from './client.ts';

/** What can change something that is synchronised. */
const EVENTS: readonly string[] = [
  'jira:issue_created',
  'jira:issue_updated',
  'jira:issue_deleted',
  'comment_created',
  'comment_updated',
  'comment_deleted',
  'attachment_created',
  'attachment_deleted',
];
const NAME = 'Entente';
/** Cloud, and Data Center up to 9. */
const PATH = '/rest/webhooks/1.0/webhook';
/** Data Center from 10 on. */
const PATH_10 = '/rest/jira-webhook/1.0/webhooks';

const idOf = ({ self, id }: WireWebhook): string => String(id ?? /\/(\d+)\/?$/.exec(self ?? '')?.[1] ?? '');
const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

/** Makes or finds our webhook (an administrator's, which Jira signs). Jira never tells a secret again: one that is not remembered is set anew. Throws `forbidden`. */
export const registerAt =
  (client: Client): Webhook['register'] =>
  async (url, known, call) => {
    const { path, list } = await listed(client, call);
    // Ours by its id (the node's address may have changed), else the one that delivers to this very address: a second one would double every notice.
    const mine = list.find((hook) => idOf(hook) === known.id) ?? list.find((hook) => hook.url === url);
    const fits = mine && mine.url === url && mine.enabled !== false && sameList(mine.events ?? [], EVENTS);
    if (mine && fits && known.secret && idOf(mine) === known.id) return { id: idOf(mine), secret: known.secret };
    const secret = known.secret || randomBytes(24).toString('hex');
    const more = path === PATH_10 ? { active: true, configuration: { secret } } : { enabled: true, filters: {}, excludeBody: false, secret };
    const wanted = { name: NAME, url, events: EVENTS, ...more };
    const request = mine
      ? ({ method: 'PUT', path: `${path}/${idOf(mine)}`, what: 'Updating the webhook', json: wanted } as const)
      : ({ method: 'POST', path, what: 'Registering the webhook', json: wanted } as const);
    const made = (await client.request(request, call)).json<WireWebhook>();
    const id = (mine && idOf(mine)) || idOf(made);
    if (!id) throw new TrackerError('protocol', 'Registering the webhook: Jira answered without its id.', { inDoubt: true });
    return { id, secret };
  };

async function listed(client: Client, call: CallContext): Promise<{ path: string; list: WireWebhook[] }> {
  const ask = (path: string) => client.get<WireWebhook[]>(path, 'Listing webhooks', call);
  if (!client.cloud) {
    try {
      return { path: PATH_10, list: await ask(PATH_10) };
    } catch (error) {
      if (!(error instanceof TrackerError && error.kind === 'not-found')) throw error;
    }
  }
  return { path: PATH, list: await ask(PATH) };
}

/** Jira: `X-Hub-Signature: sha256=HEX`, HMAC-SHA256 of the body. It says no time: a repeated notice does no harm. */
export const verify: Webhook['verify'] = ({ headers, body }, known) => {
  const given = headers['x-hub-signature'];
  const [, hex = ''] = /^sha256=([0-9a-f]{64})$/i.exec(typeof given === 'string' ? given : '') ?? [];
  if (!hex || !known.secret) return false;
  return timingSafeEqual(createHmac('sha256', known.secret).update(body).digest(), Buffer.from(hex, 'hex'));
};

/** The issue of an event, and whether it is the issue's deletion. */
export function eventIn(body: Buffer): { ref: string; deleted: boolean } | null {
  try {
    const { webhookEvent, issue } = JSON.parse(body.toString('utf8')) as { webhookEvent?: unknown; issue?: { id?: unknown } };
    const ref = String(issue?.id);
    return typeof webhookEvent === 'string' && /^\d{1,18}$/.test(ref) ? { ref, deleted: webhookEvent === 'jira:issue_deleted' } : null;
  } catch {
    return null;
  }
}

const REMEMBERED = 10_000;

/** `deleted`: takes up the issues of whose deletion Jira tells. */
export const hintsInto =
  (deleted: Set<string>): Webhook['hints'] =>
  (body): readonly Hint[] => {
    const event = eventIn(body);
    if (!event) return [];
    if (event.deleted) deleted.add(event.ref);
    for (const ref of deleted) {
      if (deleted.size <= REMEMBERED) break;
      deleted.delete(ref);
    }
    return [{ ref: event.ref, version: null }];
  };
