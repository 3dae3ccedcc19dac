import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';
import { wallClock } from './process.ts';
import { median, type Options, percentile, type Result, round, table } from './result.ts';
import type { Laboratory, Tracker, World } from './world.ts';

/** Requests that follow each other from the notice to the write: the notice, two reads of our entity, two of the other one, the write. */
const REQUESTS = 6;

/** From a signed notice to the write at the other tracker, one change at a time, on trackers that answer at once. */
export async function latency(lab: Laboratory, { quick, say }: Options): Promise<Result> {
  const changes = quick ? 50 : 100;
  const world = await lab.world();
  const ids = await settled(world, 10);
  const agent = new Agent({ allowH2: false });
  const notify = await notifier(world, agent);
  const times: number[] = [];
  const loopback: number[] = [];
  const commits: number[] = [];
  await world.database.query('create table commit_alone (n int)');
  for (let n = 0; n < changes + 10; n++) {
    const id = ids[n % ids.length] ?? 0;
    const alone = await readOnce(world.acme, id, agent);
    const began = performance.now();
    await world.database.query('insert into commit_alone values ($1)', [n]);
    const commit = performance.now() - began;
    const ms = await changeOnce(world, id, n, notify);
    await world.quiet();
    // The first ones compile the code.
    if (n < 10) continue;
    times.push(ms);
    loopback.push(alone);
    commits.push(commit);
  }
  await agent.close();
  const ratio = median(times) / median(loopback);
  const figures = {
    changes,
    p50Ms: round(median(times)),
    p95Ms: round(percentile(times, 0.95)),
    loopbackRequestP50Ms: round(median(loopback), 2),
    loopbackRequestP95Ms: round(percentile(loopback, 0.95), 2),
    commitP50Ms: round(median(commits), 2),
    commitP95Ms: round(percentile(commits, 0.95), 2),
    requestsInARow: REQUESTS,
    timesTheRequestsAlone: round(ratio / REQUESTS, 2),
  };
  say(
    table([
      ['', 'p50 ms', 'p95 ms'],
      ['notice in → twin written', figures.p50Ms, figures.p95Ms],
      ['one loopback request', figures.loopbackRequestP50Ms, figures.loopbackRequestP95Ms],
      ['one commit', figures.commitP50Ms, figures.commitP95Ms],
    ]),
  );
  say(`  ${round(ratio)} loopback requests; ${REQUESTS} follow each other at least`);
  return { name: 'latency', figures, ratio: round(ratio, 2), goal: null, met: null };
}

/** Some tickets under sync whose notices come from the benchmark alone. */
export async function settled(world: World, count: number): Promise<number[]> {
  await world.acme.control.webhookFault({ lose: 1_000_000 });
  const ids = await world.acme.call.seed(count, 2, 0);
  await world.node.begin(world.sides.acme, ids.map(String));
  await world.quiet();
  return ids;
}

/** Changes a ticket's subject and tells the node as the tracker would. Milliseconds from the notice to the write. */
export async function changeOnce(world: World, id: number, n: number, notify: (id: number) => Promise<void>): Promise<number> {
  await world.acme.control.updateTicket(id, { subject: `Changed ${n} at ${Date.now()}` }, world.acme.person);
  const written = world.globex.call.nextWrite(null);
  const started = wallClock();
  await notify(id);
  return (await written) - started;
}

/** Sends a notice signed with the secret of acme's webhook. */
export async function notifier(world: World, dispatcher: Agent): Promise<(id: number) => Promise<void>> {
  const { url, authorization } = world.acme;
  const get = async <T>(path: string): Promise<T> => (await (await request(`${url}${path}`, { headers: { authorization }, dispatcher })).body.json()) as T;
  const { webhooks } = await get<{ webhooks: { id: string; endpoint: string }[] }>('/api/v2/webhooks');
  const [webhook] = webhooks;
  if (!webhook) throw new Error('acme has no webhook.');
  const { signing_secret: signing } = await get<{ signing_secret: { secret: string } }>(`/api/v2/webhooks/${webhook.id}/signing_secret`);
  return async (id) => {
    const at = new Date().toISOString();
    const body = JSON.stringify({ type: 'zen:event-type:ticket.subject_changed', detail: { id: String(id) } });
    const headers = {
      'content-type': 'application/json',
      'x-zendesk-webhook-signature': createHmac('sha256', signing.secret).update(at).update(body).digest('base64'),
      'x-zendesk-webhook-signature-timestamp': at,
    };
    const answer = await request(webhook.endpoint, { method: 'POST', headers, body, dispatcher });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`The node answered the notice with ${answer.statusCode}.`);
  };
}

async function readOnce(tracker: Tracker, id: number, dispatcher: Agent): Promise<number> {
  const started = performance.now();
  const { body } = await request(`${tracker.url}/api/v2/tickets/${id}.json`, { headers: { authorization: tracker.authorization }, dispatcher });
  await body.json();
  return performance.now() - started;
}
