import type { ProfileName } from '../../src/connectors/memory/index.ts';
import type { MemoryEntity } from '../../src/connectors/memory/records.ts';
import { EntenteError } from '../../src/core/errors.ts';
import { TrackerError } from '../../src/core/tracker-error.ts';
import { judge, type Verdict } from './invariants.ts';
import { People, words } from './people.ts';
import { type Link, type MakeStore, type ModelNode, World } from './world.ts';

type Act =
  | 'edit'
  | 'comment'
  | 'editComment'
  | 'deleteComment'
  | 'setPublic'
  | 'conceal'
  | 'create'
  | 'link'
  | 'resolve'
  | 'toggle'
  | 'backup'
  | 'restore'
  | 'deleteEntity'
  | 'addFile'
  | 'deleteFile';
type Topology = 'pair' | 'chain' | 'star' | 'ring';

interface Scenario {
  readonly topologies: readonly Topology[];
  readonly automatic?: boolean;
  readonly link?: boolean;
  readonly policies?: readonly Link['policy'][];
  readonly acts: Partial<Record<Act, number>>;
}

/** What each scenario lets people do; the numbers are relative frequencies. */
export const SCENARIOS = {
  fields: { topologies: ['pair'], automatic: true, acts: { edit: 4 } },
  comments: { topologies: ['pair'], automatic: true, acts: { edit: 1, comment: 3, editComment: 2, deleteComment: 1, setPublic: 1, conceal: 0.5 } },
  files: { topologies: ['pair', 'chain'], automatic: true, acts: { edit: 1, comment: 3, addFile: 2, deleteFile: 1, deleteComment: 0.5 } },
  creation: { topologies: ['pair'], automatic: true, acts: { edit: 2, comment: 1, create: 1.5 } },
  link: { topologies: ['pair'], link: true, acts: { edit: 2, comment: 2, link: 2 } },
  policy: { topologies: ['pair'], automatic: true, policies: ['hold', 'hold', 'follow'], acts: { edit: 4, resolve: 1.5 } },
  off: { topologies: ['pair', 'chain'], automatic: true, acts: { edit: 3, comment: 2, editComment: 1, toggle: 2 } },
  topology: { topologies: ['chain', 'star', 'ring'], automatic: true, acts: { edit: 2, comment: 3, editComment: 1, deleteComment: 1, setPublic: 0.5 } },
  restore: {
    topologies: ['pair', 'pair', 'chain'],
    automatic: true,
    acts: { edit: 2, comment: 3, editComment: 1, deleteComment: 0.5, backup: 0.7, restore: 0.7 },
  },
  delete: { topologies: ['pair', 'chain'], automatic: true, acts: { edit: 2, comment: 1, create: 0.5, deleteEntity: 0.5 } },
} satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;

const ENDS: Record<Topology, readonly (readonly [string, string])[]> = {
  pair: [['A', 'B']],
  chain: [
    ['A', 'B'],
    ['B', 'C'],
  ],
  star: [
    ['A', 'B'],
    ['A', 'C'],
  ],
  ring: [
    ['A', 'B'],
    ['B', 'C'],
    ['C', 'A'],
  ],
};
const MACHINE = { poll: 3, job: 8, step: 22, crash: 0.7, dup: 1, fault: 0.7, hint: 1 };

export interface Setup {
  readonly scenario: ScenarioName;
  /** Decides everything that is not an action. */
  readonly seed: number;
  /** Each number decides one action. */
  readonly actions: readonly number[];
  readonly verbose?: boolean;
  readonly platforms?: readonly ProfileName[];
  readonly strict?: boolean;
  /** Default: a store in memory. */
  readonly makeStore?: MakeStore;
}

/** A repeatable source of chance (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One history: the real engine on simulated trackers, people, accidents; then quiet; then the verdict. */
export async function history(setup: Setup): Promise<Verdict & { log: readonly string[]; rows: readonly unknown[] }> {
  let watch: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    watch = setTimeout(() => reject(new Error('The history hangs: a job waits for something that is not a gate.')), 20_000);
  });
  try {
    return await Promise.race([play(setup), hung]);
  } finally {
    clearTimeout(watch);
  }
}

async function play({
  scenario,
  seed,
  actions,
  verbose = false,
  platforms,
  strict = false,
  makeStore,
}: Setup): Promise<Verdict & { log: readonly string[]; rows: readonly unknown[] }> {
  const rules: Scenario = SCENARIOS[scenario];
  let chance = chanceOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)] as T;
  const topology = pick(rules.topologies);
  const names = topology === 'pair' ? ['A', 'B'] : ['A', 'B', 'C'];
  const kinds = platforms ?? (['zendesk', 'jira', 'redmine', 'github', 'poor', 'stamped'] as const);
  const chosen = Object.fromEntries(names.map((name) => [name, pick(kinds)]));
  const links = Object.fromEntries(
    ENDS[topology].map((ends): [string, Link] => [
      ends.join(''),
      {
        ends,
        lead: pick(ends),
        policy: pick(rules.policies ?? (['lead', 'lead', 'follow'] as const)),
        visibility: pick(['public-only', 'as-they-are', 'all-public'] as const),
      },
    ]),
  );
  const world = new World(links, chosen, rules.automatic ?? false, () => chance(), verbose, undefined, makeStore);
  await world.prepare();
  const fixed = [...world.nodes.values()].some((node) => !node.tracker.capabilities.description.edit);
  const people = new People(world, fixed || pick([true, false]) ? 'summary' : 'description', pick);
  const nodes = [...world.nodes.values()];
  if (verbose) world.say(`${scenario} ${topology} ${JSON.stringify(chosen)} ${JSON.stringify(links)} ${people.textField}`);

  if (rules.link) {
    for (const node of nodes) people.create(node);
    for (const node of nodes) people.entities.set(`${node.name}:1`, 'A:1');
    for (const [i, edit] of people.textEdits.entries()) people.textEdits[i] = { ...edit, entity: 'A:1' };
  } else people.create(pick(nodes));
  if (chance() < 0.6 && !rules.link) for (let i = 0; i < 4; i++) await round(world, nodes);

  const table = [...Object.entries(rules.acts), ...Object.entries(MACHINE)];
  const total = table.reduce((sum, [, weight]) => sum + weight, 0);
  for (const action of actions) {
    chance = chanceOf(action);
    world.clock.t++;
    let x = chance() * total;
    const [name] = table.find(([, weight]) => {
      x -= weight;
      return x < 0;
    }) ??
      table[0] ?? ['poll'];
    await act(name, world, people, pick);
    if (nodes.some((node) => node.server.entities.size > 12)) break;
  }

  // Quiet: everything on, everything visible, a perfect network; every hold stays as it is.
  world.say('--- quiet');
  chance = chanceOf(seed + 1);
  world.lossy = false;
  if (rules.link) await linkAll(world);
  for (const node of nodes) {
    node.server.calm();
    for (const entity of node.server.entities.values())
      for (const comment of entity.comments) if (comment.concealed && !comment.gone && !entity.gone) node.server.human.conceal(entity.ref, comment.id, false);
    for (const side of node.store.rows.sides) if (side.status !== 'active') await node.engine.activate(side.id);
  }
  const tally = () =>
    nodes.map((node) => `${node.server.writes}/${node.server.entities.size}/${node.store.rows.twins.map((twin) => twin.outSeq).join()}`).join(' ');
  let last = '';
  let calm = 0;
  for (let n = 0; n < 40 && calm < 3; n++) {
    await round(world, nodes);
    if (nodes.some((node) => node.server.entities.size > 12)) break;
    const now = tally();
    calm = now === last ? calm + 1 : 0;
    last = now;
  }
  return {
    ...judge(world, people, { silent: calm >= 3, link: rules.link ?? false, automatic: rules.automatic ?? false, strict }),
    log: world.log,
    rows: verbose ? nodes.map((node) => node.store.rows) : [],
  };
}

/** Everybody does all that is due. */
async function round(world: World, nodes: readonly ModelNode[]): Promise<void> {
  world.clock.t += 700_000;
  for (const node of nodes) {
    await finish(world);
    await world.poll(node);
    await finish(world);
  }
  for (let n = 0; n < 60; n++) {
    let some = false;
    for (const node of nodes)
      for (const key of node.store.dueJobs(world.clock.t)) {
        some = true;
        await world.startJob(node, key);
        await finish(world);
      }
    if (!some) break;
  }
}

async function finish(world: World): Promise<void> {
  for (let n = 0; world.scheduler.waiting.length; n++) {
    const [task] = world.scheduler.waiting;
    if (!task || n > 5000) throw new Error(`endless job ${task?.key}`);
    await world.scheduler.step(task);
  }
}

async function linkAll(world: World): Promise<void> {
  for (const node of world.nodes.values()) await link(world, node);
}
async function link(world: World, node: ModelNode): Promise<void> {
  const other = [...world.nodes.values()].find((n) => n !== node);
  if (!other || !node.server.entities.has('1') || !other.server.entities.has('1')) return;
  await node.engine.link(`AB:${node.name}`, '1', '1').catch((error: unknown) => {
    if (!(error instanceof EntenteError)) throw error;
  });
}

async function act(name: string, world: World, people: People, pick: <T>(items: readonly T[]) => T): Promise<void> {
  const nodes = [...world.nodes.values()];
  const node = pick(nodes);
  const alive = [...node.server.entities.values()].filter((entity) => !entity.gone);
  const on = (work: (node: ModelNode, entity: MemoryEntity) => void) => {
    if (alive.length) work(node, pick(alive));
  };
  switch (name) {
    case 'edit':
      return on((n, e) => people.edit(n, e));
    case 'comment':
      return on((n, e) => people.comment(n, e, pick([1, 2, 3, 4, 5, 6]) === 1));
    case 'editComment':
      return on((n, e) => people.editComment(n, e));
    case 'deleteComment':
      return on((n, e) => people.deleteComment(n, e));
    case 'setPublic':
      return on((n, e) => people.setPublic(n, e));
    case 'conceal':
      return on((n, e) => people.conceal(n, e));
    case 'addFile':
      return on((n, e) => people.addFile(n, e));
    case 'deleteFile':
      return on((n, e) => people.deleteFile(n, e));
    case 'deleteEntity':
      return on((n, e) => people.deleteEntity(n, e));
    case 'create':
      return people.create(node);
    case 'link':
      return link(world, node);
    case 'resolve':
      return resolve(world, people, node, pick);
    case 'toggle': {
      const side = pick(node.store.rows.sides);
      world.say(`toggle ${side.id} ${side.status}`);
      return side.status === 'active' ? node.engine.deactivate(side.id) : node.engine.activate(side.id);
    }
    case 'backup':
      node.backup = node.store.dump();
      return world.say(`backup ${node.name}`);
    case 'restore':
      if (node.backup && !nodes.some((other) => other.restored)) {
        node.restored = true;
        world.restore(node, node.backup);
      }
      return;
    case 'poll':
      return world.poll(node);
    case 'job': {
      const keys = [...node.store.jobs.keys()];
      return keys.length ? world.startJob(node, pick(keys)) : undefined;
    }
    case 'step': {
      const tasks = world.scheduler.waiting;
      return tasks.length ? world.scheduler.step(pick(tasks)) : undefined;
    }
    case 'crash': {
      const busy = nodes.filter((n) => world.scheduler.waiting.some((task) => task.node === n.name));
      return busy.length ? world.crash(pick(busy)) : undefined;
    }
    case 'dup':
      return world.old.length ? world.repeat(Math.floor(pick([0.1, 0.3, 0.5, 0.7, 0.99]) * world.old.length)) : undefined;
    case 'fault': {
      const kind = pick(['unavailable', 'commit-then-drop', 'rate-limited', 'late'] as const);
      world.say(`fault ${node.name} ${kind}`);
      return node.server.failNext(kind, kind === 'late' ? { lateMs: 10 } : {});
    }
    case 'hint':
      if (alive.length) await node.engine.hint(node.name, [{ ref: pick(alive).ref, version: null }], 'webhook');
      return;
    default:
      throw new Error(`no such act: ${name}`);
  }
}

async function resolve(world: World, people: People, node: ModelNode, pick: <T>(items: readonly T[]) => T): Promise<void> {
  for (const twin of node.store.rows.twins)
    for (const [field, { theirs }] of Object.entries(twin.held)) {
      const choice = pick(['ours', 'theirs'] as const);
      const entity = node.server.entities.get(twin.local ?? '');
      const ours = entity ? people.read(entity) : '';
      world.say(`resolve ${node.name} ${field} ${choice} (ours ${ours}, theirs ${words(theirs as string)})`);
      try {
        await node.engine.resolve(twin.side, twin.id, field, choice, { signal: new AbortController().signal, priority: 'interactive' });
        if (field === people.textField)
          people.chosen(node.name, choice === 'ours' ? ours : words(theirs as string), choice === 'ours' ? words(theirs as string) : ours);
      } catch (error) {
        if (!(error instanceof EntenteError || error instanceof TrackerError)) throw error;
      }
      return;
    }
}
