import type { MemoryEntity } from '../../src/connectors/memory/records.ts';
import { plainText, type RichText } from '../../src/core/rich-text/index.ts';
import type { ModelNode, World } from './world.ts';

export interface TextEdit {
  readonly node: string;
  readonly value: string;
  readonly parent: string | null;
  readonly entity: string | null;
  /** A held conflict that a person decided so, over this value. */
  readonly over?: string;
}

/** The last line of a text: a copy begins with its author's name. */
export const words = (text: string | RichText): string => (typeof text === 'string' ? text : plainText(text)).trim().split('\n').at(-1) ?? '';

const gidOfMarker = (marker: string): string => marker.slice(0, marker.indexOf(' '));

/** What people do, and what of it the algorithm cannot read: which texts descend from which, which comment is whose. */
export class People {
  private count = 0;
  readonly textEdits: TextEdit[] = [];
  readonly commentEdits = new Map<string, { node: string; body: string }[]>();
  readonly everPublic = new Set<string>();
  readonly everInternal = new Set<string>();
  readonly deletedByHuman = new Set<string>();
  readonly filesDeletedByHuman = new Set<string>();
  readonly shownByHuman = new Set<string>();
  /** By node, the truth of each comment and entity: where a human made it. */
  readonly comments = new Map<string, string>();
  readonly entities = new Map<string, string>();
  private readonly world: World;
  readonly textField: 'summary' | 'description';
  private readonly pick: <T>(items: readonly T[]) => T;

  constructor(world: World, textField: 'summary' | 'description', pick: <T>(items: readonly T[]) => T) {
    this.world = world;
    this.textField = textField;
    this.pick = pick;
    for (const node of world.nodes.values()) this.watch(node);
  }

  /** Our account's creations are stamped with the truth of what they are copies of. */
  private watch(node: ModelNode): void {
    const { server, tracker } = node;
    const meant: { ref: string; gid: string; text: string }[] = [];
    const apply = tracker.apply.bind(tracker);
    const off = () => {
      if (node.store.rows.sides.every((side) => side.status !== 'active')) this.world.bad.add('wrote while off');
    };
    tracker.apply = (ref, base, change, call) => {
      off();
      if (change.comment?.do === 'add') meant.push({ ref, gid: gidOfMarker(change.comment.marker), text: words(change.comment.body) });
      return apply(ref, base, change, call);
    };
    const update = server.update.bind(server);
    server.update = (ref, what, by) => {
      const result = update(ref, what, by);
      // A comment that was made to hold a file is nobody's copy.
      const text = what.add ? words(what.add.body) : '';
      if (by === server.account && what.add && result.comment !== null && !text.startsWith('📎')) {
        // Attempts that failed are still in the list: the comment's own marker tells, else its text.
        const gid = what.add.marker ? gidOfMarker(what.add.marker) : meant.findLast((m) => m.ref === ref && m.text === text)?.gid;
        if (gid) this.comments.set(`${node.name}:${result.comment}`, this.truthOfGid(gid));
      }
      return result;
    };
    const begun: { marker: string; text: string }[] = [];
    const textOf = (fields: Readonly<Record<string, unknown>>) => words(fields[this.textField] as string | RichText);
    const create = tracker.create.bind(tracker);
    tracker.create = (draft, marker, call) => {
      off();
      begun.push({ marker, text: textOf(draft.fields) });
      return create(draft, marker, call);
    };
    const insert = server.insert.bind(server);
    server.insert = (given, marker, author) => {
      const entity = insert(given, marker, author);
      if (author === server.account)
        this.entities.set(`${node.name}:${entity.ref}`, this.truthOfTwin(begun.findLast((b) => b.text === textOf(given.fields))?.marker ?? ''));
      return entity;
    };
  }

  private truthOfGid(gid: string): string {
    const [node = '', , local = ''] = gid.split(':');
    return this.comments.get(`${node}:${local}`) ?? `${node}:${local}`;
  }

  /** Twin ids begin with the entity that came first. */
  private truthOfTwin(twin: string): string {
    const entity = twin.slice(twin.indexOf('#') + 1);
    return this.entities.get(entity) ?? entity;
  }

  truth(node: string, comment: string): string {
    return this.comments.get(`${node}:${comment}`) ?? `${node}:${comment}`;
  }

  private text(node: ModelNode, value: string): string | RichText {
    const doc: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'strong', children: [{ type: 'text', value }] }] }] };
    return node.server.profile.text === 'rich' ? doc : value;
  }

  read(entity: MemoryEntity): string {
    const value = entity.fields[this.textField];
    return typeof value === 'string' ? words(value) : words(value as RichText);
  }

  create(node: ModelNode): void {
    if (node.server.entities.size >= 2) return;
    const value = `x${++this.count}`;
    const files = this.count % 3 === 0 && node.tracker.capabilities.files.add !== 'none' ? [{ name: `f${this.count}.txt`, content: value }] : [];
    const ref = node.server.human.create({
      fields: {
        summary: this.textField === 'summary' ? value : `s${this.count}`,
        description: this.textField === 'description' ? this.text(node, value) : 'd',
      },
      files,
    });
    this.entities.set(`${node.name}:${ref}`, `${node.name}:${ref}`);
    this.textEdits.push({ node: node.name, value, parent: null, entity: `${node.name}:${ref}` });
    this.world.say(`human creates ${node.name}:${ref} ${value}`);
  }

  edit(node: ModelNode, entity: MemoryEntity): void {
    const status = node.server.profile.fields.find((field) => field.name === 'status')?.choices ?? [];
    if (this.pick([true, false])) {
      const value = this.pick(status);
      node.server.human.edit(entity.ref, { status: value });
      this.world.say(`human ${node.name}:${entity.ref} status=${value}`);
      return;
    }
    const value = `x${++this.count}`;
    this.textEdits.push({ node: node.name, value, parent: this.read(entity), entity: this.entities.get(`${node.name}:${entity.ref}`) ?? null });
    node.server.human.edit(entity.ref, { [this.textField]: this.textField === 'description' ? this.text(node, value) : value });
    this.world.say(`human ${node.name}:${entity.ref} ${this.textField}=${value}`);
  }

  comment(node: ModelNode, entity: MemoryEntity, asOurAccount: boolean): void {
    const body = this.pick([1, 2, 3, 4, 5]) === 1 ? 'ok' : `c${++this.count}`;
    const shown = !node.tracker.capabilities.comments.internal || this.pick([1, 2, 3, 4]) !== 1;
    const files = this.pick([1, 2, 3, 4]) === 1 && node.tracker.capabilities.files.add !== 'none' ? [{ name: `f${++this.count}.txt`, content: body }] : [];
    const id = node.server.human.comment(entity.ref, this.text(node, body), { public: shown, files, ...(asOurAccount ? { author: 'Ann (colleague)' } : {}) });
    const truth = `${node.name}:${id}`;
    (shown ? this.everPublic : this.everInternal).add(truth);
    this.world.say(`human ${node.name}:${entity.ref} comment ${truth} ${body} ${shown ? 'public' : 'internal'} ${files.map((f) => f.name).join()}`);
  }

  private one(entity: MemoryEntity) {
    const alive = entity.comments.filter((comment) => !comment.gone);
    return alive.length ? this.pick(alive) : undefined;
  }

  editComment(node: ModelNode, entity: MemoryEntity): void {
    const comment = node.tracker.capabilities.comments.edit ? this.one(entity) : undefined;
    if (!comment) return;
    const body = `d${++this.count}`;
    const truth = this.truth(node.name, comment.id);
    node.server.human.editComment(entity.ref, comment.id, this.text(node, body));
    this.commentEdits.set(truth, [...(this.commentEdits.get(truth) ?? []), { node: node.name, body }]);
    this.world.say(`human ${node.name} edits ${truth}=${body}`);
  }

  deleteComment(node: ModelNode, entity: MemoryEntity): void {
    const comment = node.tracker.capabilities.comments.delete ? this.one(entity) : undefined;
    if (!comment) return;
    const truth = this.truth(node.name, comment.id);
    node.server.human.deleteComment(entity.ref, comment.id);
    this.commentEdits.get(truth)?.push({ node: '-', body: '' });
    if (comment.author !== node.server.account) this.deletedByHuman.add(truth);
    this.world.say(`human ${node.name} deletes ${truth} (${comment.author})`);
  }

  setPublic(node: ModelNode, entity: MemoryEntity): void {
    const comment = node.tracker.capabilities.comments.internal ? this.one(entity) : undefined;
    if (!comment) return;
    const { publish, hide } = node.tracker.capabilities.comments;
    if (comment.public ? !hide : !publish) return;
    const truth = this.truth(node.name, comment.id);
    node.server.human.setPublic(entity.ref, comment.id, !comment.public);
    (comment.public ? this.everPublic : this.everInternal).add(truth);
    this.shownByHuman.add(`${node.name}:${comment.id}`);
    this.world.say(`human ${node.name} ${truth} public=${comment.public}`);
  }

  conceal(node: ModelNode, entity: MemoryEntity): void {
    const comment = this.one(entity);
    if (!comment || comment.author === node.server.account) return;
    node.server.human.conceal(entity.ref, comment.id, !comment.concealed);
    this.world.say(`conceal ${node.name} ${this.truth(node.name, comment.id)} ${comment.concealed}`);
  }

  addFile(node: ModelNode, entity: MemoryEntity): void {
    if (node.tracker.capabilities.files.add !== 'entity') return;
    const name = `f${++this.count}.txt`;
    node.server.human.addFile(entity.ref, { name, content: name });
    this.world.say(`human ${node.name}:${entity.ref} adds ${name}`);
  }

  deleteFile(node: ModelNode, entity: MemoryEntity): void {
    const alive = entity.files.filter((file) => !file.gone);
    if (!alive.length || !node.tracker.capabilities.files.delete) return;
    const file = this.pick(alive);
    node.server.human.deleteFile(entity.ref, file.id);
    if (file.author !== node.server.account) this.filesDeletedByHuman.add(file.name);
    this.world.say(`human ${node.name}:${entity.ref} deletes ${file.name} (${file.author})`);
  }

  deleteEntity(node: ModelNode, entity: MemoryEntity): void {
    node.server.human.deleteEntity(entity.ref);
    this.world.say(`human deletes ${node.name}:${entity.ref}`);
  }

  /** What a person's decision of a held conflict means for the texts. */
  chosen(node: string, value: string, over: string): void {
    this.textEdits.push({ node, value, parent: null, entity: null, over });
  }
}
