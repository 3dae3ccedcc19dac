import { Readable } from 'node:stream';
import type { Comment, EntityRef, Fields, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { docOf, mapFiles, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, Upload, Webhook } from '../connector.ts';
import type { JournalEntry, MemoryEntity, Update, Updated } from './records.ts';
import { fromStored, isDoc, kindOf, line, type Stored, settleDoc, settleField, toStored } from './text.ts';
import { hints, verify } from './webhook.ts';
import { LINK_TITLE, type MemoryTrackerServer } from './world.ts';

const refused = (field: string, message: string) => new TrackerError('rejected', message, { field });
const iso = (ms: number) => new Date(ms).toISOString();

/** A journal grows and is in order: looked through from its end. */
function entriesOf(journal: readonly JournalEntry[], write: number): JournalEntry[] {
  const found: JournalEntry[] = [];
  for (let i = journal.length - 1; i >= 0; i--) {
    const entry = journal[i];
    if (!entry || entry.write < write) break;
    if (entry.write === write) found.push(entry);
  }
  return found;
}

/** The whole content, or nothing: a file that broke off must not be left at the tracker. */
async function contentOf(upload: Upload, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of await upload.open(signal)) {
      chunks.push(Buffer.from(chunk));
      size += chunks.at(-1)?.length ?? 0;
      if (size > maxBytes) break;
    }
  } catch (cause) {
    if (cause instanceof TrackerError) throw cause;
    throw new TrackerError('unavailable', `The file “${upload.name}” could not be read to its end.`, { cause });
  }
  if (size > maxBytes) throw refused('files', `The file “${upload.name}” is larger than ${maxBytes} bytes.`);
  return Buffer.concat(chunks);
}

/** Whatever fails once something was written leaves a doubt, never a clean refusal. */
const afterWriting = (cause: unknown): TrackerError => new TrackerError('unavailable', 'Only a part of the change was written.', { inDoubt: true, cause });

/** One account of a memory tracker. The connector to copy: the same steps with HTTP calls in place of `call`. */
export class MemoryTracker implements Tracker {
  readonly capabilities: Capabilities;
  readonly webhook?: Webhook;
  readonly files: NonNullable<Tracker['files']>;
  readonly markersOf?: NonNullable<Tracker['markersOf']>;
  readonly backLink?: NonNullable<Tracker['backLink']>;
  readonly #server: MemoryTrackerServer;
  readonly #token: string | null;

  constructor(server: MemoryTrackerServer, token: string | null) {
    this.#server = server;
    this.#token = token;
    this.capabilities = server.profile.capabilities;
    this.files = { open: (ref, id, call) => this.#open(ref, id, call) };
    if (server.profile.markersAsked) {
      this.markersOf = (ref, call) =>
        this.#call('journal', ref, call, () => {
          const marked = server.living(ref).comments.filter((c) => c.author === server.account && !c.gone && !c.concealed);
          return Object.fromEntries(marked.flatMap((c) => (c.marker === null ? [] : [[c.id, c.marker]])));
        });
    }
    if (this.capabilities.backLinks) {
      this.backLink = (ref, { marker, title, url }, call) => this.#call('link', ref, call, () => server.link(ref, marker, line(title, LINK_TITLE), url));
    }
    if (this.capabilities.webhooks) {
      const register: Webhook['register'] = (url, _known, call) =>
        this.#call('hook', null, call, () => {
          const { id, secret } = server.hooks.register(url);
          return { id, secret };
        });
      this.webhook = { register, verify, hints };
    }
  }

  #call<T>(name: Parameters<MemoryTrackerServer['call']>[0], ref: string | null, call: CallContext, work: () => T): Promise<T> {
    return this.#server.call(name, ref, this.#token, call, work);
  }

  async check(call: CallContext): Promise<CheckResult> {
    const { name, account, readers } = this.#server;
    const reader = await this.#call('account', null, call, () => this.#token !== null && readers.has(this.#token));
    const missing = reader ? [{ permission: 'write', consequence: 'Nothing that the other side changes can be written here.' }] : [];
    return { account: { id: account, name: account, email: null }, missing, site: name };
  }

  describe(_scope: string | null, call: CallContext): Promise<Description> {
    const { profile } = this.#server;
    return this.#call('schema', null, call, () => ({
      types: profile.types.map((name) => ({ name, creatable: true })),
      scopes: profile.scopes,
      fields: ['summary', 'description', ...profile.fields.map((f) => f.name)].flatMap((name) => kindOf(profile, name) ?? []),
    }));
  }

  find(urn: string, call: CallContext): Promise<EntityRef> {
    const { name } = this.#server;
    const ref = new RegExp(`^(?:https://${name}\\.example/|${name}-)?(\\d+)$`, 'i').exec(urn.trim())?.[1];
    if (!ref) return Promise.reject(new TrackerError('not-found', `“${urn}” is not the number of an entity in ${name}.`));
    return this.#call('find', ref, call, () => this.#server.living(ref).ref);
  }

  fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    return this.#call('get', ref, call, () => {
      const entity = this.#server.entity(ref);
      return entity.gone ? 'gone' : this.#snapshot(entity);
    });
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const { entityMarker, settleMs, searchLagMs, files } = this.capabilities;
    const server = this.#server;
    const { adopt } = draft;
    if (adopt !== undefined) {
      await this.#call('mark', adopt, call, () => server.mark(adopt, marker));
      return { snapshot: await this.#call('get', adopt, call, () => this.#snapshot(server.living(adopt))), files: [] };
    }
    const there = await this.#marked(marker, server.clock.now() - settleMs - searchLagMs - 60_000, call);
    if (there) return { snapshot: there, files: [] };
    if (draft.files.length && files.add === 'none') throw refused('files', `${server.name} cannot hold files.`);
    const ids = await this.#upload(null, draft.files, call);
    const fields = this.#stored(draft.fields, (file) => ids[file]);
    const given = { scope: draft.scope, type: draft.type, fields, files: Object.values(ids) };
    const made = await this.#call('insert', null, call, () => server.insert(given, entityMarker === 'atomic' ? marker : null, server.account));
    if (entityMarker === 'after') {
      await this.#call('mark', made.ref, call, () => server.mark(made.ref, marker)).catch((error: unknown) => {
        throw afterWriting(error);
      });
    }
    return { snapshot: this.#snapshot(made), files: Object.entries(ids).map(([key, id]) => ({ key, id, carrier: null })) };
  }

  async findByMarker(marker: string, since: string, call: CallContext): Promise<Snapshot | null> {
    const at = Date.parse(since);
    const there = await this.#marked(marker, at, call);
    if (there || this.capabilities.entityMarker === 'atomic') return there;
    const unmarked = await this.#call('recent', null, call, () => this.#recent(at).findLast((e) => e.marker === null && e.author === this.#server.account));
    return unmarked ? this.#snapshot(unmarked) : null;
  }

  async #marked(marker: string, since: number, call: CallContext): Promise<Snapshot | null> {
    const server = this.#server;
    const recent = await this.#call('recent', null, call, () => this.#recent(since).find((e) => e.marker === marker));
    if (recent) return this.#snapshot(recent);
    const indexed = server.clock.now() - this.capabilities.searchLagMs;
    const found = await this.#call('search', null, call, () => [...server.entities.values()].find((e) => e.marker === marker && !e.gone && e.at <= indexed));
    return found ? this.#snapshot(found) : null;
  }

  #recent(since: number): MemoryEntity[] {
    return [...this.#server.entities.values()].filter((e) => !e.gone && e.at >= since);
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    const { compareAndSet, journal, exactVersions, comments, files } = this.capabilities;
    const server = this.#server;
    this.#refuse(change);
    const uploads = [...(change.comment?.do === 'add' ? change.comment.files : []), ...(change.files ?? [])];
    const ids = await this.#upload(ref, uploads, call);
    const created = uploads.map((u) => ({ key: u.key, id: ids[u.key] ?? '', carrier: null as string | null }));
    let version: string | null = base.version;
    let stamp = base.version;
    let comment: string | null = null;
    let wrote = false;
    const replaced: Record<string, FieldValue> = {};
    for (const step of this.#steps(change, ids)) {
      const update: Update = compareAndSet ? { ...step.update, base: stamp } : step.update;
      const done: Updated = await this.#call('update', ref, call, () => server.update(ref, update, server.account)).catch((error: unknown) => {
        throw wrote ? afterWriting(error) : error;
      });
      wrote = true;
      stamp = done.after;
      version = exactVersions && (compareAndSet || version === done.before) ? done.after : null;
      if (step.carries) for (const file of created) if (file.key === step.carries) file.carrier = done.comment;
      if (step.update.add && !step.carries) {
        comment = done.comment;
        const { marker } = step;
        if (marker && comment !== null && comments.marker === 'after') {
          const id = comment;
          // A person may have deleted it by now: then there is nothing to mark, and the comment was made all the same.
          await this.#call('markComment', ref, call, () => server.markComment(ref, id, marker)).catch((error: unknown) => {
            if (!(error instanceof TrackerError && error.kind === 'not-found')) throw afterWriting(error);
          });
          version = null;
        }
      }
      // A lock by whole seconds lets through what was written in the base's own second.
      if (step.update.fields && journal && !(compareAndSet && exactVersions)) {
        const entries = await this.#call('journal', ref, call, () => entriesOf(server.entity(ref).journal, done.write)).catch((error: unknown) => {
          throw afterWriting(error);
        });
        for (const { field, old } of entries) {
          const value = this.#read(field, old);
          if (!same(value, base.fields[field])) replaced[field] = value;
        }
      }
    }
    return { version, comment, files: files.add === 'none' ? [] : created, replaced };
  }

  /** What the platform cannot do is refused before anything is sent. */
  #refuse({ fields, comment, files = [], deleteFile }: Change): void {
    const can = this.capabilities;
    const { name } = this.#server;
    if (fields && 'description' in fields && !can.description.edit) throw refused('description', `The description cannot be changed in ${name}.`);
    if (can.files.add === 'none' && (files.length || (comment?.do === 'add' && comment.files.length))) throw refused('files', `${name} cannot hold files.`);
    if (deleteFile !== undefined && !can.files.delete) throw refused('files', `Files cannot be deleted in ${name}.`);
    if (comment?.do === 'add' && !comment.public && !can.comments.internal) throw refused('comment', `${name} has no internal comments.`);
    if (comment?.do === 'delete' && !can.comments.delete) throw refused('comment', `Comments cannot be deleted in ${name}.`);
    if (comment?.do !== 'edit') return;
    if (comment.body !== undefined && !can.comments.edit) throw refused('comment', `Comments cannot be edited in ${name}.`);
    if (comment.public === false && !can.comments.hide) throw refused('comment', `Comments cannot be made internal in ${name}.`);
    if (comment.public === true && !can.comments.publish) throw refused('comment', `Comments cannot be made public in ${name}.`);
  }

  /** The vendor's calls for a change: fields, comment with its files, other files. `carries`: the comment exists only for that file. */
  #steps(change: Change, ids: Readonly<Record<string, string>>): { update: Update; carries?: string; marker?: string }[] {
    const { oneWrite, comments, files } = this.capabilities;
    const at = (file: string) => ids[file] ?? change.known[file]?.id;
    const steps: { update: Update; carries?: string; marker?: string }[] = [];
    const fields = this.#stored(change.fields ?? {}, at);
    if (oneWrite) {
      if (change.fields) steps.push({ update: { fields } });
    } else for (const [name, value] of Object.entries(fields)) steps.push({ update: { fields: { [name]: value } } });
    const others = (change.files ?? []).map((f) => ids[f.key] ?? '');
    const { comment } = change;
    const carried = files.add === 'comment' && comment?.do !== 'add';
    if (comment?.do === 'add') {
      const own = comment.files.map((f) => ids[f.key] ?? '');
      const add = {
        body: this.#text(comment.body, at),
        public: comment.public,
        files: files.add === 'comment' ? [...own, ...others] : own,
        marker: comments.marker === 'atomic' ? comment.marker : null,
      };
      steps.push({ update: { add }, marker: comment.marker });
    } else if (comment?.do === 'edit') {
      const { id, body } = comment;
      const edit = { id, ...(body ? { body: this.#text(body, at) } : {}), ...(comment.public === undefined ? {} : { public: comment.public }) };
      steps.push({ update: { edit } });
    } else if (comment) steps.push({ update: { remove: comment.id } });
    if (carried)
      for (const file of change.files ?? []) {
        const body = toStored(this.#server.profile.text, docOf(`📎 ${file.name}`));
        steps.push({ update: { add: { body, public: true, files: [ids[file.key] ?? ''], marker: null } }, carries: file.key });
      }
    else if (others.length && files.add === 'entity') for (const part of oneWrite ? [others] : others.map((f) => [f])) steps.push({ update: { files: part } });
    if (change.deleteFile !== undefined) steps.push({ update: { removeFile: change.deleteFile } });
    const [first, ...rest] = steps;
    if (!oneWrite || !first) return steps;
    // What fits into one call goes into one call; only a second comment needs its own.
    const out = [first];
    for (const step of rest) {
      const last = out.at(-1);
      if (last && !(last.update.add && step.update.add)) out[out.length - 1] = { ...last, ...step, update: { ...last.update, ...step.update } };
      else out.push(step);
    }
    return out;
  }

  async #upload(ref: string | null, uploads: readonly Upload[], call: CallContext): Promise<Record<string, string>> {
    const ids: Record<string, string> = {};
    const server = this.#server;
    for (const upload of uploads) {
      const content = await contentOf(upload, this.capabilities.files.maxBytes, call.signal);
      ids[upload.key] = await this.#call('upload', ref, call, () => server.upload(upload.name, upload.type, content, server.account));
    }
    return ids;
  }

  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    const server = this.#server;
    return this.#call('feed', null, call, () => {
      const { feed, entities, feedPage } = server;
      const from = cursor === null ? feed.length : Number(cursor);
      if (!Number.isInteger(from) || from < server.forgotten || from > feed.length)
        throw new TrackerError('cursor-expired', 'The place in the feed is too old.');
      const to = Math.min(feed.length, from + feedPage);
      const items = [...new Set(feed.slice(from, to))].flatMap((ref) => {
        const entity = entities.get(ref);
        if (!entity) return [];
        return [
          { ref, version: entity.gone ? null : server.version(entity), gone: entity.gone, byUs: entity.author === server.account, marker: entity.marker },
        ];
      });
      return { items, cursor: String(to), more: to < feed.length };
    });
  }

  sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    const server = this.#server;
    return this.#call('feed', null, call, () => {
      const after = cursor === null ? 0 : Number(cursor);
      const living = [...server.entities.values()].filter((e) => !e.gone && Number(e.ref) > after);
      const items = living.slice(0, server.feedPage).map((e) => ({ ref: e.ref, version: server.version(e), gone: false }));
      return { items, cursor: items.at(-1)?.ref ?? String(after), more: living.length > server.feedPage };
    });
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settleField(this.#server.profile, field, value);
  }

  settleComment(body: RichText): RichText {
    return settleDoc(this.#server.profile.text, body);
  }

  confirmGone(ref: EntityRef, kind: 'comment' | 'file', id: string, call: CallContext): Promise<boolean> {
    return this.#call('exists', ref, call, () => {
      const entity = this.#server.entity(ref);
      return entity.gone || !(kind === 'comment' ? entity.comments : entity.files).some((row) => row.id === id && !row.gone);
    });
  }

  #open(ref: EntityRef, id: string, call: CallContext): ReturnType<NonNullable<Tracker['files']>['open']> {
    return this.#call('download', ref, call, () => {
      const file = this.#server.living(ref).files.find((f) => f.id === id && !f.gone);
      if (!file) throw new TrackerError('not-found', `There is no file ${id} in ${ref}.`, { status: 404 });
      return { stream: Readable.from([file.content], { objectMode: false }), type: file.type, size: file.content.length };
    });
  }

  /** Fields as the vendor takes them: settled here, so that what it is sent is what a fetch will show. */
  #stored(fields: Fields, at: (file: string) => string | undefined): Record<string, FieldValue> {
    const out: Record<string, FieldValue> = {};
    for (const [name, value] of Object.entries(fields)) {
      const settled = this.settle(name, value);
      out[name] = isDoc(settled) ? this.#text(settled, at) : settled;
    }
    return out;
  }

  #text(doc: RichText, at: (file: string) => string | undefined): Stored {
    return toStored(this.#server.profile.text, mapFiles(this.settleComment(doc), at));
  }

  #read(field: string, value: FieldValue): FieldValue {
    return kindOf(this.#server.profile, field)?.kind === 'rich' ? fromStored(value as Stored) : value;
  }

  #snapshot(entity: MemoryEntity): Snapshot {
    if (entity.view) return entity.view;
    const { name, account, profile } = this.#server;
    const asked = profile.markersAsked === true;
    const fields: Record<string, FieldValue> = {};
    for (const field in entity.fields) fields[field] = this.#read(field, entity.fields[field] ?? null);
    const hidden = new Set<string>();
    const comments: Comment[] = [];
    for (const c of entity.comments) {
      if (c.concealed) hidden.add(c.id);
      if (c.gone || c.concealed) continue;
      comments.push({
        id: c.id,
        body: fromStored(c.body),
        public: c.public,
        author: c.author,
        byUs: c.author === account,
        at: iso(c.at),
        marker: asked ? null : c.marker,
      });
    }
    const files: FileInfo[] = [];
    for (const f of entity.files) {
      if (f.gone || (f.comment !== null && hidden.has(f.comment))) continue;
      files.push({ id: f.id, name: f.name, type: f.type, size: f.content.length, comment: f.comment, byUs: f.author === account, at: iso(f.at) });
    }
    const { ref } = entity;
    entity.view = {
      ref,
      urn: `${name}-${ref}`.toUpperCase(),
      url: `https://${name}.example/${ref}`,
      version: this.#server.version(entity),
      scope: entity.scope,
      type: entity.type,
      fields,
      comments,
      files,
      author: entity.author,
      byUs: entity.author === account,
      at: iso(entity.at),
      marker: entity.marker,
    };
    return entity.view;
  }
}
