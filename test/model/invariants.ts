import type { MemoryComment, MemoryEntity } from '../../src/connectors/memory/records.ts';
import { same } from '../../src/core/replica.ts';
import { DOUBT, REPLACED } from '../../src/engine/recover.ts';
import { type People, words } from './people.ts';
import { modelRules } from './rules.ts';
import type { ModelNode, World } from './world.ts';

export interface Verdict {
  /** Kinds of violations; empty: the history is as it should be. */
  readonly bad: readonly string[];
  readonly why: readonly string[];
  /** Outcomes that no algorithm can prevent, each announced to the user by the engine: by kind. */
  readonly announced: readonly string[];
}

interface Given {
  /** Three rounds without a write. */
  readonly silent: boolean;
  readonly link: boolean;
  readonly automatic: boolean;
  /** Nothing is excused: also what no algorithm can prevent counts. */
  readonly strict: boolean;
}

/** Converged or in error with a reason; no one-sided edit lost; nothing double; nothing leaked; no write in an idle round. */
export function judge(world: World, people: People, given: Given): Verdict {
  const bad = new Set<string>(world.bad);
  const why: string[] = [];
  const announced = new Set<string>();
  const fail = (kind: string, text: string) => {
    bad.add(kind);
    if (why.length < 12) why.push(`${kind}: ${text}`);
  };
  const nodes = [...world.nodes.values()];
  if (nodes.some((node) => node.server.entities.size > 12)) fail('duplicate entity', 'endless growth');
  if (!given.silent)
    fail(
      'not silent',
      nodes
        .map((n) =>
          n.store.rows.twins
            .map(
              (t) =>
                `${t.id}@${t.side} out ${t.outSeq} dirty ${t.dirty} flight ${t.flight?.seq} inbox ${t.inbox?.seq} problem ${t.problem?.code} ${t.problem?.message}`,
            )
            .join('; '),
        )
        .join(' | '),
    );
  const rows = new Map(nodes.map((node) => [node.name, node.store.rows]));
  const data = (node: ModelNode) => rows.get(node.name) ?? node.store.rows;
  const stopped = (t: { problem: { code: string } | null; status: string }) => t.problem !== null && t.status === 'active';

  for (const node of nodes)
    for (const twin of data(node).twins) {
      if (twin.problem && twin.status === 'active') {
        announced.add(`problem ${twin.problem.code}`);
        if (['broken-invariant', 'internal'].includes(twin.problem.code)) fail('broken', `${node.name} ${twin.id} ${twin.problem.message}`);
      } else if (twin.status === 'active' && (twin.flight || twin.inbox || twin.lost || data(node).intents.some((intent) => intent.twin === twin.id)))
        fail('stuck', `${node.name} ${twin.id} flight ${twin.flight?.seq} inbox ${twin.inbox?.seq} lost ${twin.lost} local ${twin.local}`);
    }
  const unlinked = nodes.some((node) => data(node).twins.some((twin) => twin.status === 'unlinked'));

  // An attempt that was cut off, of which nothing was found: said in the run, and no algorithm can know better.
  const doubtful = new Set(
    nodes.flatMap((node) =>
      data(node).runs.flatMap((run) =>
        run.changes.filter((c) => c.decision === DOUBT).map((c) => people.truth(c.what.split(':')[0] ?? '', c.what.split(':')[2] ?? '')),
      ),
    ),
  );
  const excusable: Excusable = (kind, truth, text) => {
    if (!given.strict && doubtful.has(truth)) announced.add(`${kind} after an attempt that was cut off`);
    else fail(kind, text);
  };
  for (const node of nodes) {
    const entities = new Set<string>();
    for (const entity of node.server.entities.values()) {
      if (entity.gone) continue;
      const truth = people.entities.get(`${node.name}:${entity.ref}`) ?? '';
      if (!given.link) {
        if (entities.has(truth)) fail('duplicate entity', `${node.name} ${truth}`);
        entities.add(truth);
        if (given.automatic && !unlinked)
          for (const other of nodes)
            if (
              ![...other.server.entities.values()].some((e) => people.entities.get(`${other.name}:${e.ref}`) === truth) &&
              !nodes.some((n) => data(n).twins.some(stopped))
            )
              fail('missing entity', `${truth} at ${other.name}`);
      }
      judgeComments(world, people, node, entity, fail, excusable);
      const files = new Set<string>();
      for (const file of entity.files) {
        if (file.gone) continue;
        if (files.has(file.name)) fail('duplicate file', `${node.name}:${entity.ref} ${file.name}`);
        files.add(file.name);
      }
    }
  }

  for (const [conn, link] of Object.entries(world.links)) {
    const [x, y] = link.ends.map((name) => world.node(name));
    if (!x || !y) continue;
    for (const twin of data(x).twins) {
      if (twin.side !== `${conn}:${x.name}` || twin.status !== 'active') continue;
      const other = data(y).twins.find((t) => t.id === twin.id && t.side === `${conn}:${y.name}`);
      if ([twin, other].some((t) => t && stopped(t))) continue;
      if (!other?.local || !twin.local || other.status !== 'active') {
        fail('half a twin', `${twin.id} ${other?.status} ${other?.local}`);
        continue;
      }
      const here = x.server.entities.get(twin.local);
      const there = y.server.entities.get(other.local);
      if (!here || !there || here.gone || there.gone) {
        fail('stuck', 'a twin of a deleted entity');
        continue;
      }
      const differs = { ...twin.differs, ...other.differs };
      for (const kind of Object.values(differs)) announced.add(`differs: ${kind.replace(/“.*?”|\d+/g, '…')}`);
      if (!agree(world, x, here, y, there, link.visibility, { ...twin.held, ...other.held, ...differs }))
        fail('differ', `${twin.id} ${JSON.stringify(here.fields)} / ${JSON.stringify(there.fields)}`);
      const reason = (truth: string) => Object.keys(differs).some((gid) => people.truth(gid.split(':')[0] ?? '', gid.split(':')[2] ?? '') === truth);
      comparePair(people, link.visibility, x, here, y, there, twin.id, reason, fail, excusable);
      comparePair(people, link.visibility, y, there, x, here, twin.id, reason, fail, excusable);
    }
  }
  if (!unlinked) judgeTexts(world, people, data, fail, announced, given.strict);
  judgeCommentEdits(people, nodes, excusable);
  return { bad: [...bad], why, announced: [...announced] };
}

type Fail = (kind: string, text: string) => unknown;
/** `truth` is the one comment that the failure is about. */
type Excusable = (kind: string, truth: string, text: string) => unknown;

function judgeComments(world: World, people: People, node: ModelNode, entity: MemoryEntity, fail: Fail, excusable: Excusable): void {
  const alive = new Set<string>();
  const account = node.server.account;
  for (const comment of entity.comments) {
    const truth = people.truth(node.name, comment.id);
    if (!comment.gone && words(comment.body).startsWith('📎')) continue;
    if (!comment.gone && alive.has(truth)) excusable('duplicate comment', truth, `${node.name}:${entity.ref} ${truth} “${words(comment.body)}”`);
    if (!comment.gone) alive.add(truth);
    if (comment.goneBy === account && !people.deletedByHuman.has(truth) && !people.everInternal.has(truth)) fail('deleted by sync', `${node.name} ${truth}`);
    if (comment.goneBy === account && comment.author !== account) fail('deleted the original', `${node.name} ${truth}`);
    if (
      comment.gone &&
      comment.goneBy !== account &&
      comment.author === account &&
      entity.comments.some((c) => people.truth(node.name, c.id) === truth && !c.gone && Number(c.id) > Number(comment.id))
    )
      excusable('resurrected', truth, `${node.name} ${truth}`);
    if (!comment.gone && comment.public && !people.everPublic.has(truth) && Object.values(world.links).every((link) => link.visibility !== 'all-public'))
      fail('leak', `${node.name} ${truth}`);
  }
}

function agree(
  world: World,
  x: ModelNode,
  here: MemoryEntity,
  y: ModelNode,
  there: MemoryEntity,
  visibility: Parameters<typeof modelRules>[1],
  excused: Readonly<Record<string, unknown>>,
): boolean {
  const rules = (node: ModelNode) => modelRules(node.server.profile.text === 'rich', visibility);
  const shown = (node: ModelNode, entity: MemoryEntity) => ({
    ...entity.fields,
    ...Object.fromEntries(
      ['summary', 'description'].map((f) => [
        f,
        node.tracker.settle(f, typeof entity.fields[f] === 'string' && f === 'description' ? doc(entity.fields[f]) : (entity.fields[f] ?? '')),
      ]),
    ),
  });
  const target = { types: [], defaultType: null, internalComments: true };
  const across = (from: ModelNode, a: MemoryEntity, to: ModelNode, b: MemoryEntity, field: string): boolean => {
    const sent = rules(from).outgoingFields(shown(from, a));
    const wanted = rules(to).incomingFields(sent, target)[field];
    return same(wanted === undefined ? undefined : to.tracker.settle(field, wanted), shown(to, b)[field as 'summary']);
  };
  void world;
  return ['summary', 'description', 'status'].every((field) => field in excused || across(x, here, y, there, field) || across(y, there, x, here, field));
}
const doc = (text: unknown) => ({
  type: 'root' as const,
  children: String(text) ? [{ type: 'paragraph' as const, children: [{ type: 'text' as const, value: String(text).replace(/\r\n/g, '\n') }] }] : [],
});

function comparePair(
  people: People,
  visibility: string,
  p: ModelNode,
  here: MemoryEntity,
  q: ModelNode,
  there: MemoryEntity,
  twin: string,
  reason: (truth: string) => boolean,
  fail: Fail,
  excusable: Excusable,
): void {
  const crosses = visibility !== 'public-only';
  for (const comment of here.comments) {
    if (comment.gone || words(comment.body).startsWith('📎')) continue;
    const truth = people.truth(p.name, comment.id);
    const is = (c: MemoryComment) => people.truth(q.name, c.id) === truth;
    const copy = there.comments.find((c) => is(c) && !c.gone);
    if (!copy) {
      const dead = there.comments.filter((c) => is(c) && c.gone);
      if (dead.length) {
        if (dead.some((c) => c.author !== q.server.account) && p.tracker.capabilities.comments.delete && !reason(truth))
          fail('not deleted', `${twin} ${truth} at ${p.name}`);
      } else if ((comment.public || crosses) && !reason(truth)) fail('missing comment', `${twin} ${truth} at ${q.name}`);
      continue;
    }
    if (words(copy.body) !== words(comment.body) && !reason(truth) && ((comment.public && copy.public) || crosses))
      excusable('comment differs', truth, `${twin} ${truth} “${words(comment.body)}” / “${words(copy.body)}”`);
    if (
      visibility !== 'all-public' &&
      comment.author !== p.server.account &&
      !comment.public &&
      copy.public &&
      !reason(truth) &&
      !people.shownByHuman.has(`${q.name}:${copy.id}`)
    )
      fail('still public', `${twin} ${truth} at ${q.name}`);
  }
  for (const file of here.files) {
    if (file.gone) continue;
    const copy = there.files.find((f) => f.name === file.name);
    const holder = file.comment === null ? undefined : here.comments.find((c) => c.id === file.comment);
    const withheld = holder && (holder.gone || (!crosses && !holder.public));
    const excused = q.tracker.capabilities.files.add === 'none' || reason('file') || withheld;
    if (!copy && !excused) fail('missing file', `${twin} ${file.name} at ${q.name}`);
    if (copy?.gone && copy.author !== q.server.account && people.filesDeletedByHuman.has(file.name) && p.tracker.capabilities.files.delete && !excused)
      fail('file not deleted', `${twin} ${file.name} at ${p.name}`);
  }
}

/** The outcome is a leaf of the tree of edits, and each other leaf has a recorded conflict (or a hold). */
function judgeTexts(
  world: World,
  people: People,
  data: (node: ModelNode) => ModelNode['store']['rows'],
  fail: Fail,
  announced: Set<string>,
  strict: boolean,
): void {
  const nodes = [...world.nodes.values()];
  const field = people.textField;
  const chosen = people.textEdits.filter((edit) => edit.over !== undefined);
  const groups = Map.groupBy(
    people.textEdits.filter((edit) => edit.entity !== null),
    (edit) => edit.entity ?? '',
  );
  const held = nodes.some((node) => data(node).twins.some((twin) => field in twin.held));
  const conflicts = [...world.told, ...nodes.flatMap((node) => data(node).conflicts)]
    .filter((c) => c.what === field)
    .flatMap((c) => [c.ours, c.theirs].map((v) => (v === undefined || v === null ? '' : words(v as string))));
  const stopped = nodes.some((node) => data(node).twins.some((twin) => twin.problem && twin.status === 'active'));
  if (stopped) return;
  // Only what was written over where the cut-off write went.
  const cutOff = new Set(
    nodes.filter((node) => data(node).runs.some((run) => run.changes.some((c) => c.what === field && c.decision === REPLACED))).map((node) => node.name),
  );
  const lost = (kind: string, at: readonly string[], text: string) =>
    at.every((name) => cutOff.has(name)) && !strict ? announced.add(`${kind} where a write was cut off`) : fail(kind, text);
  for (const [entity, edits] of groups) {
    const parents = new Set(edits.map((edit) => edit.parent));
    for (const node of nodes)
      for (const row of node.server.entities.values()) {
        if (people.entities.get(`${node.name}:${row.ref}`) !== entity || row.gone || held) continue;
        const final = people.read(row);
        if (parents.has(final) && !chosen.some((edit) => edit.value === final)) {
          const children = edits.filter((e) => e.parent === final);
          const over = children.map((e) => e.value);
          // A restored node has forgotten that the older value was its own: the person finds both in the conflict.
          const newest = edits.filter((e) => !parents.has(e.value)).map((e) => e.value);
          if (nodes.some((n) => n.restored) && newest.every((value) => conflicts.includes(value))) announced.add('reverted after a restore, with a conflict');
          else
            lost(
              'reverted',
              children.map((e) => e.node),
              `${node.name} ${final} over ${over.join()}`,
            );
        }
        for (const leaf of edits) {
          if (parents.has(leaf.value) || leaf.value === final) continue;
          if (!conflicts.includes(leaf.value) && !chosen.some((edit) => edit.over === leaf.value))
            lost('silent loss', [leaf.node], `${node.name} lost ${leaf.node} ${leaf.value}, has ${final}`);
          if (Object.values(world.links).every((link) => link.policy === 'hold') && !chosen.some((c) => c.value === leaf.value || c.over === leaf.value))
            lost('overwrote a hold', [leaf.node], `${node.name} lost ${leaf.node} ${leaf.value}, has ${final}`);
        }
      }
  }
}

function judgeCommentEdits(people: People, nodes: readonly ModelNode[], excusable: Excusable): void {
  for (const [truth, edits] of people.commentEdits) {
    const [where] = edits;
    if (!where || edits.some((edit) => edit.node !== where.node)) continue;
    const node = nodes.find((n) => n.name === where.node);
    for (const entity of node?.server.entities.values() ?? [])
      for (const comment of entity.comments)
        if (node && people.truth(node.name, comment.id) === truth && !comment.gone && words(comment.body) !== edits.at(-1)?.body)
          excusable('comment edit lost', truth, `${where.node} ${truth} ${words(comment.body)}`);
  }
}
