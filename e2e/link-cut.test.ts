import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ListedProblem, TwinPage } from '../src/server/operations.ts';
import { type Company, connect, sync, twoNodes, until } from './two-nodes.ts';

/** How long the other side is away. LONG=1: a minute. */
const AWAY_MS = process.env.LONG === '1' ? 60_000 : 20_000;
const EDITS = 200;
const TICKETS = 10;

const { acme, globex } = await twoNodes();
const connection = await connect(acme, globex);

/** A pair of tickets and what people have added to it, by words that occur nowhere else. */
interface Pair {
  readonly ids: { readonly acme: number; readonly globex: number };
  readonly comments: string[];
  readonly files: string[];
}

async function upload({ sim }: Company, name: string): Promise<string> {
  const { email, token } = sim.credentials;
  const answer = await fetch(`${sim.url}/api/v2/uploads.json?filename=${name}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`, 'content-type': 'text/plain' },
    body: `content of ${name}`,
  });
  return ((await answer.json()) as { upload: { token: string } }).upload.token;
}

/** Ten tickets in step, made on either side. */
async function pairs(round: string): Promise<Pair[]> {
  const made: Pair[] = [];
  for (let n = 0; n < TICKETS; n++) {
    const [from, to] = n % 2 ? [globex, acme] : [acme, globex];
    const { id } = from.sim.control.createTicket(
      { subject: `${round} ${n}`, type: 'incident', comment: { body: 'As it began.' } },
      `nora@${from.slug}.example`,
    );
    const { twin } = await sync(from, from === acme ? connection.from : connection.to, `${id}`);
    const copy = Number([twin.from, twin.to].find((entity) => entity?.instance === to.slug && entity.urn !== null)?.urn);
    expect(copy).toBeGreaterThan(0);
    made.push({ ids: { acme: from === acme ? id : copy, globex: from === acme ? copy : id }, comments: [], files: [] });
  }
  return made;
}

/** What somebody does at one tracker: a field, a reply, a note between colleagues, a file. */
async function edit(n: number, all: readonly Pair[]): Promise<void> {
  const pair = all[n % all.length];
  if (!pair) throw new Error('no pair');
  const company = Math.floor(n / all.length) % 2 ? globex : acme;
  const id = pair.ids[company.slug as 'acme' | 'globex'];
  const change = (what: Record<string, unknown>) => company.sim.control.updateTicket(id, what, `nora@${company.slug}.example`);
  const words = `edit-${n}-of-${company.slug}.`;
  switch ((n + Math.floor(n / 50)) % 4) {
    case 0:
      change({ subject: `Subject ${n} by ${company.slug}` });
      break;
    case 1:
      change({ comment: { body: `A reply, ${words}` } });
      pair.comments.push(words);
      break;
    case 2:
      change({ comment: { body: `A note, ${words}`, public: false } });
      pair.comments.push(words);
      break;
    default: {
      const file = `file-${n}.txt`;
      change({ comment: { body: `With a file, ${words}`, uploads: [await upload(company, file)] } });
      pair.comments.push(words);
      pair.files.push(file);
      break;
    }
  }
}

const timesIn = (text: string, words: string): number => text.split(words).length - 1;

/** Everything in which the two trackers are not what they should be by now, in sentences. */
function differences(all: readonly Pair[], tickets: number): string[] {
  const wrong: string[] = [];
  for (const { slug, sim } of [acme, globex]) {
    const found = sim.control.tickets().length;
    if (found !== tickets) wrong.push(`${slug} has ${found} tickets, not ${tickets}`);
  }
  for (const pair of all) {
    const here = acme.sim.control.tickets().find(({ id }) => id === pair.ids.acme);
    const there = globex.sim.control.tickets().find(({ id }) => id === pair.ids.globex);
    const name = `acme/${pair.ids.acme} and globex/${pair.ids.globex}`;
    if (here?.subject !== there?.subject) wrong.push(`${name}: “${here?.subject}” and “${there?.subject}”`);
    for (const { slug, sim } of [acme, globex]) {
      const comments = sim.control.comments(pair.ids[slug as 'acme' | 'globex']);
      const texts = comments.map(({ html_body }) => html_body).join('\n');
      const files = comments.flatMap(({ attachments }) => attachments.map(({ file_name }) => file_name));
      if (comments.length !== pair.comments.length + 1) wrong.push(`${name}: ${comments.length} comments at ${slug}, not ${pair.comments.length + 1}`);
      for (const words of pair.comments) if (timesIn(texts, words) !== 1) wrong.push(`${name}: ${words} is there ${timesIn(texts, words)} times at ${slug}`);
      for (const file of pair.files) {
        const times = files.filter((one) => one === file).length;
        if (times !== 1) wrong.push(`${name}: ${file} is there ${times} times at ${slug}`);
      }
      if (files.length !== pair.files.length) wrong.push(`${name}: ${files.length} files at ${slug}, not ${pair.files.length}`);
    }
  }
  return wrong;
}

/** Nothing is left to do, on either node. */
async function atRest(company: Company): Promise<boolean> {
  const { twins } = await company.ask<TwinPage>('GET', '/twins');
  return twins.every(({ status }) => status.state === 'in-sync' || status.state === 'differs');
}

/** `away`: what happens while people work on, for so long. */
async function goOn(round: string, begin: () => Promise<void> | void, end: () => Promise<void> | void): Promise<void> {
  const before = acme.sim.control.tickets().length;
  const all = await pairs(round);
  const pause = AWAY_MS / (EDITS * 0.8);
  for (let n = 0; n < EDITS; n++) {
    if (n === EDITS * 0.1) await begin();
    if (n === EDITS * 0.9) await end();
    await edit(n, all);
    await sleep(pause);
  }
  const mended = performance.now();
  let wrong: string[] = [];
  await until(
    'both trackers hold the same',
    async () => {
      wrong = differences(all, before + TICKETS);
      return wrong.length === 0 && (await atRest(acme)) && (await atRest(globex));
    },
    240_000,
  ).catch(async (error: Error) => {
    const errors = await Promise.all([acme, globex].map((one) => one.ask<{ errors: ListedProblem[] }>('GET', '/errors')));
    const told = errors.flatMap((one) => one.errors.map(({ instance, problem }) => `${instance}: ${problem.code} ${problem.message}`));
    throw new Error([error.message, ...wrong.slice(0, 12), ...new Set(told)].join('\n'));
  });
  console.log(`${round}: ${EDITS} edits; in step ${((performance.now() - mended) / 1000).toFixed(1)} s after the last one`);
  // Nothing comes twice later, either.
  await sleep(6_000);
  expect(differences(all, before + TICKETS)).toEqual([]);
  for (const company of [acme, globex]) {
    expect((await company.ask<{ errors: ListedProblem[] }>('GET', '/errors')).errors).toEqual([]);
    expect([company.slug, company.crashed()]).toEqual([company.slug, false]);
  }
}

test(`the link is cut for ${AWAY_MS / 1000} s during ${EDITS} edits on both sides: afterwards all is in step and nothing is there twice`, async () => {
  const cuts = () => acme.link.broken() + globex.link.broken();
  const before = cuts();
  await goOn(
    'Cut',
    () => {
      acme.link.cut();
      globex.link.cut();
    },
    () => {
      acme.link.mend();
      globex.link.mend();
    },
  );
  expect(cuts()).toBeGreaterThan(before);
}, 600_000);

test(`a node is killed and comes back after ${AWAY_MS / 1000} s, during ${EDITS} edits on both sides: the same`, async () => {
  await goOn(
    'Killed',
    () => globex.kill(),
    () => globex.start(),
  );
}, 600_000);
