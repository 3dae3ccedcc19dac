import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallContext } from '../../lib/http.ts';
import type { Hint, Webhook } from '../connector.ts';
import type { GithubApi } from './api.ts';
import { refOf } from './map.ts';
import type { WireHook, WireRepo } from './wire.ts';

type Known = Readonly<Record<string, string>>;
const nameOf = (repo: number): string => `hook-${repo}`;
const eventsOf = (pullRequests: boolean): readonly string[] => (pullRequests ? ['issue_comment', 'issues', 'pull_request'] : ['issue_comment', 'issues']);

/** Makes or finds our webhook in each repository. Remembered are the secret, and the webhook's id for each. Throws `forbidden` or `not-found` without the permission. */
export async function registerAt(
  api: GithubApi,
  repos: readonly WireRepo[],
  pullRequests: boolean,
  url: string,
  known: Known,
  call: CallContext,
): Promise<Record<string, string>> {
  const secret = known.secret ?? randomBytes(32).toString('hex');
  const events = eventsOf(pullRequests);
  const wanted = { active: true, events, config: { url, content_type: 'json', secret, insecure_ssl: '0' } };
  const ids: Record<string, string> = {};
  for (const repo of repos) {
    const path = `/repositories/${repo.id}/hooks`;
    const what = `Registering the webhook at ${repo.full_name}`;
    const hooks = await api.all<WireHook>(path, {}, what, call);
    // Ours by its id (the node's address may have changed), else the one that delivers to this very address: GitHub takes no second one.
    const mine = hooks.find(({ id }) => String(id) === known[nameOf(repo.id)]) ?? hooks.find(({ config }) => config.url === url);
    const good =
      mine?.active === true &&
      String(mine.id) === known[nameOf(repo.id)] &&
      mine.config.url === url &&
      mine.config.content_type === 'json' &&
      [...mine.events].sort().join() === events.join();
    const hook =
      mine && good
        ? mine
        : await api.write<WireHook>(mine ? 'PATCH' : 'POST', mine ? `${path}/${mine.id}` : path, mine ? wanted : { name: 'web', ...wanted }, what, call);
    ids[nameOf(repo.id)] = String(hook.id);
  }
  return { secret, ...ids };
}

/** `X-Hub-Signature-256`: `sha256=` and the HMAC of the body in hexadecimal. It covers no time: a delivery that is played again is one more hint, no more. */
export const verify: Webhook['verify'] = ({ headers, body }, known) => {
  const given = headers['x-hub-signature-256'];
  if (typeof given !== 'string' || !known.secret || !/^sha256=[0-9a-f]{64}$/.test(given)) return false;
  const expected = createHmac('sha256', known.secret).update(body).digest();
  return timingSafeEqual(Buffer.from(given.slice('sha256='.length), 'hex'), expected);
};

/** The issue of an event. */
export function hintsOf(body: Buffer, pullRequests: boolean): readonly Hint[] {
  try {
    const { repository, issue, pull_request } = JSON.parse(body.toString('utf8')) as {
      repository?: { id?: unknown };
      issue?: { number?: unknown; pull_request?: unknown };
      pull_request?: { number?: unknown };
    };
    const { number } = issue ?? (pullRequests ? pull_request : undefined) ?? {};
    if (typeof repository?.id !== 'number' || typeof number !== 'number' || (issue?.pull_request && !pullRequests)) return [];
    return [{ ref: refOf(repository.id, number), version: null }];
  } catch {
    return [];
  }
}
