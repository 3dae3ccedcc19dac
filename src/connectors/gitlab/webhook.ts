import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallContext } from '../../lib/http.ts';
import type { Hint, Webhook } from '../connector.ts';
import type { GitlabApi } from './api.ts';
import { refOf } from './map.ts';
import type { WireHook } from './wire.ts';

const NAME = 'Entente';
/** By how much a delivery's time may differ from ours. */
const TOLERANCE_MS = 300_000;

/** Internal notes come as confidential ones, so these are always wanted; confidential issues only where they are synchronised. */
const eventsFor = (confidential: boolean): Readonly<Record<string, boolean>> => ({
  push_events: false,
  issues_events: true,
  confidential_issues_events: confidential,
  note_events: true,
  confidential_note_events: true,
});

type Known = Readonly<Record<string, string>>;

/**
 * Makes or finds our webhook in each project. What is remembered: the secret token, the key that deliveries are signed with where GitLab does that (19.0),
 * and the webhook's id for each project. Throws `forbidden` without the role Maintainer.
 */
export async function registerAt(
  api: GitlabApi,
  projects: readonly number[],
  confidential: boolean,
  url: string,
  known: Known,
  call: CallContext,
): Promise<Record<string, string>> {
  const token = known.token ?? randomBytes(24).toString('base64url');
  const key = known.key ?? `whsec_${randomBytes(32).toString('base64')}`;
  const events = eventsFor(confidential);
  const wanted = {
    url,
    name: NAME,
    description: 'Tells Entente which issues may have changed.',
    token,
    signing_token: key,
    enable_ssl_verification: true,
    ...events,
  };
  const ids: Record<string, string> = {};
  let signed = projects.length > 0;
  for (const project of projects) {
    const { items } = await api.hooks(project, call);
    // Ours by its id (the node's address may have changed), else the one that delivers to this very address: a second one would double every notice.
    const mine = items.find(({ id }) => String(id) === known[nameOf(project)]) ?? items.find((hook) => hook.url === url);
    const hook = mine && isGood(mine, project, url, known, events) ? mine : await write(api, project, mine, wanted, call);
    ids[nameOf(project)] = String(hook.id);
    signed &&= hook.signing_token_present === true;
  }
  return { token, ...(signed ? { key } : {}), ...ids };
}

const nameOf = (project: number): string => `hook-${project}`;

function isGood(hook: WireHook, project: number, url: string, known: Known, events: Readonly<Record<string, boolean>>): boolean {
  const ours = String(hook.id) === known[nameOf(project)] && known.token !== undefined && hook.url === url;
  const keyed = known.key === undefined ? hook.signing_token_present === undefined : hook.signing_token_present === true;
  return ours && keyed && hook.alert_status !== 'disabled' && Object.entries(events).every(([name, value]) => hook[name] === value);
}

async function write(
  api: GitlabApi,
  project: number,
  mine: WireHook | undefined,
  wanted: Readonly<Record<string, unknown>>,
  call: CallContext,
): Promise<WireHook> {
  if (mine?.alert_status !== 'disabled') return api.writeHook(project, mine?.id ?? null, wanted, call);
  // GitLab gave it up for good after many failures: only a new one is delivered to.
  await api.deleteHook(project, mine.id, call);
  return api.writeHook(project, null, wanted, call);
}

/** By the signature where the webhook has a key (then nothing else counts), else by the secret token that GitLab sends along. */
export const verify: Webhook['verify'] = ({ headers, body }, known, now) => {
  if (known.key !== undefined) return isSigned(headers, body, known.key, now);
  const token = headers['x-gitlab-token'];
  return typeof token === 'string' && !!known.token && timingSafeEqual(digest(token), digest(known.token));
};

/** Standard Webhooks: base64(HMAC-SHA256(key, id.time.body)), the time in seconds; there may be several, each after its version. */
function isSigned(headers: Parameters<Webhook['verify']>[0]['headers'], body: Buffer, key: string, now: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given } = headers;
  if (typeof id !== 'string' || typeof at !== 'string' || typeof given !== 'string' || !/^\d{1,12}$/.test(at)) return false;
  if (Math.abs(now - Number(at) * 1000) > TOLERANCE_MS) return false;
  const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  const expected = digest(createHmac('sha256', secret).update(`${id}.${at}.`).update(body).digest('base64'));
  return given.split(' ').some((one) => one.startsWith('v1,') && timingSafeEqual(digest(one.slice(3)), expected));
}

/** Of one length, so that comparing takes the same time whatever they are. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The issue of an issue's event (tasks come as work items) or of a comment's. */
export function hints(body: Buffer): readonly Hint[] {
  try {
    const event = record(JSON.parse(body.toString('utf8')));
    const attributes = record(event.object_attributes);
    const issue = event.object_kind === 'note' ? record(event.issue) : event.object_kind === 'issue' || event.object_kind === 'work_item' ? attributes : {};
    const project = issue.project_id ?? record(event.project).id;
    return isNumber(project) && isNumber(issue.iid) ? [{ ref: refOf(project, issue.iid), version: null }] : [];
  } catch {
    return [];
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
