import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import examples from '@octokit/webhooks-examples' with { type: 'json' };
import { verify } from '@octokit/webhooks-methods';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';
import { appJwt, type Caller, callerOf, makeIssue } from './test-client.ts';

const WEB = '/repos/acme/web';
const SECRET = 'not so secret';
interface Received {
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads of every shape
  json: any;
}
let sim: GithubSim;
let call: Caller;
let received: Received[] = [];
let answer = 200;
const receiver = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8');
    received.push({ headers: req.headers, text, json: text.startsWith('payload=') ? JSON.parse(decodeURIComponent(text.slice(8))) : JSON.parse(text) });
    res.writeHead(answer).end();
  });
});
let url = '';
let hook = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
  sim = await startGithub({ limits: 'off', validate: 'uncounted' });
  call = callerOf(sim);
  const made = await call('POST', `${WEB}/hooks`, { name: 'web', config: { url, content_type: 'json', secret: SECRET }, events: ['issues', 'issue_comment'] });
  hook = made.json.id;
});
beforeEach(async () => {
  await sim.control.settled();
  answer = 200;
});
afterAll(async () => {
  expect(sim.control.violations().filter(({ what }) => what === 'answer')).toEqual([]);
  await sim.stop();
  receiver.close();
});

const nameOf = ({ headers, json }: Pick<Received, 'headers' | 'json'>): string => `${String(headers['x-github-event'])} ${String(json.action)}`;

/** What is delivered because of some work. */
async function caused(work: () => unknown): Promise<Received[]> {
  received = [];
  await work();
  await sim.control.settled();
  return received;
}

/** Members that every example of an action has, with a type that one of them has, and that the payload has not, or otherwise. */
function differences(given: unknown, all: readonly unknown[], at = ''): string[] {
  const kind = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
  const alike = all.filter((one) => kind(one) === kind(given));
  if (alike.length === 0)
    return all.every((one) => one === null) || given === null ? [] : [`${at} is ${kind(given)}, not ${[...new Set(all.map(kind))].join(' or ')}`];
  if (kind(given) === 'array') {
    const items = (alike as unknown[][]).flat();
    return items.length === 0 ? [] : (given as unknown[]).flatMap((item) => differences(item, items, `${at}[]`));
  }
  if (kind(given) !== 'object') return [];
  const objects = alike as Record<string, unknown>[];
  const required = Object.keys(objects[0] ?? {}).filter((name) => objects.every((one) => name in one));
  return required.flatMap((name) => {
    const path = `${at}.${name}`;
    if (!(name in (given as object))) return [`${path} is missing`];
    return differences(
      (given as Record<string, unknown>)[name],
      objects.map((one) => one[name]),
      path,
    );
  });
}

/** The only examples of some actions are of an App, or of a pull request. */
const OF_SOME = /^\.(installation|issue\.pull_request) is missing$/;

const examplesOf = (event: string, action: string): unknown[] =>
  (examples as unknown as { name: string; examples: { action?: string }[] }[])
    .find(({ name }) => name === event)
    ?.examples.filter((one) => one.action === action) ?? [];

test('each event has the members of the examples that GitHub publishes', async () => {
  await call('POST', `${WEB}/milestones`, { title: 'Next' });
  const seen = await caused(async () => {
    const number = await makeIssue(call, { labels: ['bug'] });
    const at = `${WEB}/issues/${number}`;
    await call('PATCH', at, { title: 'Other', body: 'Other text', labels: ['question'], assignees: ['nora'], milestone: 1, type: 'Bug' });
    await call('PATCH', at, { assignees: [], milestone: null, state: 'closed' });
    await call('PATCH', at, { state: 'open' });
    await call('PUT', `${at}/lock`);
    await call('DELETE', `${at}/lock`);
    const { id } = (await call('POST', `${at}/comments`, { body: 'One' })).json;
    await call('PATCH', `${WEB}/issues/comments/${id}`, { body: 'Two' });
    await call('DELETE', `${WEB}/issues/comments/${id}`);
    sim.control.transferIssue(`acme/web#${number}`, 'acme/ops');
    sim.control.deleteIssue(`acme/web#${await makeIssue(call)}`);
  });
  const actions = [...new Set(seen.map(nameOf))].sort();
  expect(actions).toEqual([
    'issue_comment created',
    'issue_comment deleted',
    'issue_comment edited',
    'issues assigned',
    'issues closed',
    'issues deleted',
    'issues demilestoned',
    'issues edited',
    'issues labeled',
    'issues locked',
    'issues milestoned',
    'issues opened',
    'issues reopened',
    'issues transferred',
    'issues typed',
    'issues unassigned',
    'issues unlabeled',
    'issues unlocked',
  ]);
  const unpublished = new Set<string>();
  for (const { headers, json } of seen) {
    const published = examplesOf(String(headers['x-github-event']), json.action);
    if (published.length === 0) unpublished.add(nameOf({ headers, json }));
    // What has no example of its own is like one that has.
    const compared = published.length > 0 ? published : examplesOf('issues', 'reopened');
    expect({ action: json.action, differences: differences(json, compared).filter((one) => !OF_SOME.test(one)) }).toEqual({
      action: json.action,
      differences: [],
    });
  }
  expect([...unpublished]).toEqual(['issues typed', 'issues closed']);
});

test('of a pull request the events of issues tell its milestone and its conversation only', async () => {
  const seen = await caused(() => {
    const { urn } = sim.control.createPull('acme/web', { title: 'Fix', labels: ['bug'], milestone: 1 });
    sim.control.comment(urn, 'Good');
    sim.control.editIssue(urn, { state: 'closed' });
  });
  expect(seen.map(nameOf)).toEqual(['issues milestoned', 'issue_comment created']);
  expect(seen.every(({ json }) => json.issue.pull_request)).toBe(true);
});

test('a delivery is signed, and says what it is', async () => {
  const [delivery] = await caused(() => makeIssue(call));
  expect(delivery?.headers).toMatchObject({
    'x-github-event': 'issues',
    'x-github-hook-id': String(hook),
    'x-github-hook-installation-target-type': 'repository',
    'content-type': 'application/json',
  });
  expect(delivery?.headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
  expect(String(delivery?.headers['user-agent'])).toMatch(/^GitHub-Hookshot\//);
  expect(await verify(SECRET, delivery?.text ?? '', String(delivery?.headers['x-hub-signature-256']))).toBe(true);
  expect(await verify('other', delivery?.text ?? '', String(delivery?.headers['x-hub-signature-256']))).toBe(false);
});

test('a delivery that fails is not repeated by itself; it is listed, and sent again when somebody asks', async () => {
  answer = 500;
  const number = await makeIssue(call);
  await sim.control.settled();
  answer = 200;
  expect(received.filter(({ json }) => json.issue?.number === number)).toHaveLength(1);
  const [failed] = (await call('GET', `${WEB}/hooks/${hook}/deliveries?status=failure&per_page=1`)).json;
  expect(failed).toMatchObject({ event: 'issues', action: 'opened', status_code: 500, redelivery: false });
  const [again] = await caused(() => call('POST', `${WEB}/hooks/${hook}/deliveries/${failed.id}/attempts`));
  expect(again?.headers['x-github-delivery']).toBe(failed.guid);
  expect(again?.json.issue.number).toBe(number);
  expect((await call('GET', `${WEB}/hooks/${hook}/deliveries?per_page=1`)).json).toMatchObject([{ guid: failed.guid, redelivery: true, status_code: 200 }]);
  const detail = await call('GET', `${WEB}/hooks/${hook}/deliveries/${failed.id}`);
  expect(detail.json.request.payload.issue.number).toBe(number);
});

test('deliveries are listed page by page', async () => {
  for (let index = 0; index < 3; index += 1) await makeIssue(call);
  await sim.control.settled();
  const first = await call('GET', `${WEB}/hooks/${hook}/deliveries?per_page=2`);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await call('GET', next);
  const ids = [...first.json, ...second.json].map(({ id }: { id: number }) => id);
  expect(ids).toHaveLength(4);
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
});

test('what the network does to deliveries can be played', async () => {
  sim.control.webhookFault({ lose: 1 });
  expect(await caused(() => makeIssue(call))).toEqual([]);
  sim.control.webhookFault({ duplicate: 1 });
  const twice = await caused(() => makeIssue(call));
  expect(twice.map(({ headers }) => headers['x-github-delivery'])).toHaveLength(2);
  expect(new Set(twice.map(({ headers }) => headers['x-github-delivery'])).size).toBe(1);
  sim.control.webhookFault({ hold: 2 });
  const numbers = [await makeIssue(call), await makeIssue(call)];
  const late = await caused(() => sim.control.releaseWebhooks());
  expect(late.map(({ json }) => json.issue.number)).toEqual(numbers.reverse());
});

test('a webhook is made, shown without its secret, changed and taken away', async () => {
  const pinged = await caused(() => call('POST', `/repos/acme/ops/hooks`, { config: { url, content_type: 'form', secret: 'x' }, events: ['issues'] }));
  expect(pinged[0]?.headers).toMatchObject({ 'x-github-event': 'ping', 'content-type': 'application/x-www-form-urlencoded' });
  expect(pinged[0]?.json.hook.events).toEqual(['issues']);
  const at = `/repos/acme/ops/hooks/${pinged[0]?.json.hook_id}`;
  expect((await call('GET', '/repos/acme/ops/hooks')).json).toMatchObject([{ config: { secret: '********', content_type: 'form' } }]);
  expect((await call('POST', '/repos/acme/ops/hooks', { config: { url }, events: ['issues'] })).json.errors[0].message).toBe(
    'Hook already exists on this repository',
  );
  expect((await call('POST', '/repos/acme/ops/hooks', { config: { url: 'nowhere' } })).status).toBe(422);
  expect((await call('POST', '/repos/acme/ops/hooks', { config: { url }, events: ['unicorns'] })).status).toBe(422);
  expect((await call('PATCH', at, { active: false, config: { url: `${url}/2`, content_type: 'json' } })).json).toMatchObject({
    active: false,
    config: { url: `${url}/2` },
  });
  expect(await caused(() => makeIssue(call, {}, 'acme/ops'))).toEqual([]);
  expect((await call('DELETE', at)).status).toBe(204);
  expect((await call('GET', at)).status).toBe(404);
});

test('the App has one webhook for all its installations, and lists its deliveries', async () => {
  const app = callerOf(sim, appJwt(sim));
  await app('PATCH', '/app/hook/config', { url: `${url}/app`, content_type: 'json', secret: 'of the app' });
  expect((await app('GET', '/app/hook/config')).json).toMatchObject({ url: `${url}/app`, secret: '********' });
  const [delivery] = await caused(() => makeIssue(call, {}, 'acme/ops'));
  expect(delivery?.json.installation.id).toBe(sim.app.installationId);
  expect(delivery?.headers['x-github-hook-installation-target-type']).toBe('integration');
  expect(await verify('of the app', delivery?.text ?? '', String(delivery?.headers['x-hub-signature-256']))).toBe(true);
  const [listed] = (await app('GET', '/app/hook/deliveries')).json;
  expect(listed).toMatchObject({ guid: delivery?.headers['x-github-delivery'], installation_id: sim.app.installationId });
  const [again] = await caused(() => app('POST', `/app/hook/deliveries/${listed.id}/attempts`));
  expect(again?.json.issue.number).toBe(delivery?.json.issue.number);
});
