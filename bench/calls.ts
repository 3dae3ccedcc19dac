import type { Options, Result } from './result.ts';
import { table } from './result.ts';
import { type Laboratory, until, type World } from './world.ts';

interface Pair {
  /** The ticket at acme and its copy at globex. */
  readonly acme: number;
  readonly globex: number;
}

interface Change {
  readonly name: string;
  /** Calls that the vendor's API needs at least, when the notice is believed in what it says to have changed: at acme, at globex. */
  readonly least: readonly [number, number];
  readonly why: string;
  make(world: World, pair: Pair): Promise<void>;
}

const ECHO = 'echo: own writes are read once more (2), since versions are whole seconds';
const BASE = 'globex is read before it is written (2), so that a change there is not overwritten';
const BOTH = 'ticket and comments are two requests';

const change = (world: World, pair: Pair, input: Record<string, unknown>) => world.acme.control.updateTicket(pair.acme, input, world.acme.person);
const changeCopy = (world: World, pair: Pair, input: Record<string, unknown>) => world.globex.control.updateTicket(pair.globex, input, world.globex.person);

const CHANGES: readonly Change[] = [
  {
    name: 'subject',
    least: [1, 1],
    why: `${BOTH} (1); ${BASE}; ${ECHO}`,
    make: async (world, pair) => void (await change(world, pair, { subject: 'Another subject' })),
  },
  {
    name: 'public comment',
    least: [1, 1],
    why: `${BOTH} (1); ${BASE}; ${ECHO}`,
    make: async (world, pair) => void (await change(world, pair, { comment: { html_body: '<p>A reply</p>', public: true } })),
  },
  {
    name: 'internal note',
    least: [1, 1],
    why: `${BOTH} (1); ${BASE}; ${ECHO}`,
    make: async (world, pair) => void (await change(world, pair, { comment: { html_body: '<p>A note</p>', public: false } })),
  },
  {
    name: 'comment with file',
    least: [2, 2],
    why: `${BOTH} (1); ${BASE}; ${ECHO}`,
    async make(world, pair) {
      const token = await world.acme.call.upload('log.txt', 'text');
      await world.acme.control.clearRequests();
      await change(world, pair, { comment: { html_body: '<p>With a file</p>', uploads: [token] } });
    },
  },
  {
    name: 'two comments',
    least: [1, 2],
    why: `${BOTH} (1); ${BASE}; ${ECHO}; the second may come after the first was read`,
    async make(world, pair) {
      await change(world, pair, { comment: { html_body: '<p>First</p>' } });
      await change(world, pair, { comment: { html_body: '<p>Second</p>' } });
    },
  },
  {
    name: 'status (not shared in Basic)',
    least: [0, 0],
    why: 'read to see that nothing shared has changed (2); the notice does not say so for certain',
    make: async (world, pair) => void (await change(world, pair, { status: 'pending' })),
  },
  {
    name: 'new ticket, image in description',
    least: [2, 2],
    why: `${BOTH} (1); creation looks for its marker first (1), so that a repeat makes no second ticket; ${ECHO}`,
    async make(world) {
      const token = await world.acme.call.upload('screen.png', 'png');
      const { id } = await world.acme.control.createTicket(
        { subject: 'With a picture', comment: { html_body: '<p>See the picture</p>', uploads: [token] } },
        world.acme.person,
      );
      await world.quiet();
      await world.acme.control.clearRequests();
      await world.node.begin(world.sides.acme, [String(id)]);
    },
  },
  {
    name: 'comment on both sides',
    least: [2, 2],
    why: `${BOTH} (1 each); each is read before it is written (2 each); ${ECHO} (each side)`,
    async make(world, pair) {
      await Promise.all([change(world, pair, { comment: { html_body: '<p>Here</p>' } }), changeCopy(world, pair, { comment: { html_body: '<p>There</p>' } })]);
    },
  },
  {
    name: 'same field on both sides',
    least: [1, 2],
    why: `${BOTH} (1 each); the one that loses has looked as well; ${ECHO}`,
    async make(world, pair) {
      await Promise.all([change(world, pair, { subject: 'Acme says' }), changeCopy(world, pair, { subject: 'Globex says' })]);
    },
  },
  {
    name: 'comment redacted',
    least: [1, 0],
    why: `${BOTH} (1); ${BASE}; the copy cannot be edited at Zendesk, which is only known after a look`,
    async make(world, pair) {
      const comments = await world.acme.control.comments(pair.acme);
      const written = comments.find(({ html_body }) => html_body.includes('A reply'));
      const path = `/api/v2/tickets/${pair.acme}/comments/${written?.id}/redact.json`;
      const headers = { authorization: world.acme.authorization, 'content-type': 'application/json' };
      await fetch(`${world.acme.url}${path}`, { method: 'PUT', headers, body: JSON.stringify({ text: 'reply' }) });
    },
  },
  {
    name: 'notice, nothing changed',
    least: [0, 0],
    why: 'read to see that nothing has changed (2)',
    make: async (world, pair) => void (await change(world, pair, { tags: ['vip'] })),
  },
];

/** What each common change costs in API calls, on either side, until nothing is left to look at. */
export async function calls(lab: Laboratory, { say }: Options): Promise<Result> {
  const world = await lab.world();
  // As over a network: quick changes in a row meet a run that is under way.
  await Promise.all([world.acme, world.globex].map(({ control }) => control.setLatency(40)));
  const pair = await begun(world);
  const found: { name: string; acme: number; globex: number; least: readonly [number, number]; requests: string[]; why: string }[] = [];
  for (const one of CHANGES) {
    const { name, least, why } = one;
    await world.quiet();
    await Promise.all([world.acme, world.globex].map(({ control }) => control.clearRequests()));
    await one.make(world, pair);
    await world.quiet();
    const [acme, globex] = await Promise.all([requests(world, 'acme'), requests(world, 'globex')]);
    found.push({
      name,
      acme: acme.length,
      globex: globex.length,
      least,
      why,
      requests: [...acme.map((one) => `acme ${one}`), ...globex.map((one) => `globex ${one}`)],
    });
  }
  const rows = found.map(({ name, acme, globex, least, why }) => [name, acme, globex, `${least[0]} + ${least[1]}`, why]);
  say(table([['change', 'acme', 'globex', 'least', 'why more'], ...rows]));
  const made = found.reduce((sum, { acme, globex }) => sum + acme + globex, 0);
  const needed = found.reduce((sum, { least: [a, b] }) => sum + a + b, 0);
  say(`  ${made} calls, ${needed} at least`);
  return { name: 'calls', figures: { changes: found, calls: made, least: needed }, ratio: Math.round((made / needed) * 100) / 100, goal: null, met: null };
}

async function begun(world: World): Promise<Pair> {
  const { id } = await world.acme.control.createTicket({ subject: 'The ticket', type: 'question', comment: { body: 'It is broken.' } }, world.acme.person);
  await world.node.begin(world.sides.acme, [String(id)]);
  await until('the copy', async () => (await world.globex.control.tickets()).length === 1);
  await world.quiet();
  const [copy] = await world.globex.control.tickets();
  return { acme: id, globex: copy?.id ?? 0 };
}

/** Without those that have to do with no change: what can be created there is asked every few minutes. */
async function requests(world: World, side: 'acme' | 'globex'): Promise<string[]> {
  const all = await world[side].control.requests();
  return all
    .map(({ method, path, query }) => `${method} ${path}${query}`)
    .filter((line) => !/\/redact\.json|\/brands|\/ticket_fields|\/ticket_forms|\/users\/me/.test(line));
}
