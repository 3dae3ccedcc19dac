import type { FieldValue } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { errorOf, type Fault, type FaultKind, type FaultOptions, meets, type VendorCall, WRITES } from './faults.ts';
import { Humans } from './humans.ts';
import type { MemoryProfile } from './profiles.ts';
import type { MemoryComment, MemoryEntity, MemoryFile, Update, Updated } from './records.ts';
import { emptyText, isDoc, keep, kindOf, tooLong } from './text.ts';
import { Deliveries } from './webhook.ts';

export interface MemoryServerOptions {
  readonly name: string;
  readonly profile: MemoryProfile;
  /** Milliseconds since 1970 (any number does). */
  readonly clock: { now(): number };
  /** Refuses every other token. Default: none is asked for. */
  readonly token?: string;
}

const refused = (field: string, message: string) => new TrackerError('rejected', message, { field, status: 422 });

/** UTF-16 units of a link's title. */
export const LINK_TITLE = 255;

/** A simulated tracker: what a vendor really offers, quirks included. It knows nothing of the sync algorithm, and nothing of `Tracker`. */
export class MemoryTrackerServer {
  readonly name: string;
  readonly profile: MemoryProfile;
  readonly clock: { now(): number };
  readonly entities = new Map<string, MemoryEntity>();
  /** What people do there. */
  readonly human: Humans;
  readonly hooks = new Deliveries();
  /** Name of our account. */
  readonly account = 'Entente';
  /** Calls by our account that took effect. */
  writes = 0;
  reads = 0;
  /** Awaited before and after each call by our account takes effect: `before update`, `after update`. May never resolve (a crash). */
  gate: ((label: string, ref: string | null) => Promise<void>) | null = null;
  /** Every call is refused as if the server were away. */
  paused = false;
  rateLimitedUntil = 0;
  token: string | null;
  /** Tokens that may read but not write. */
  readonly readers = new Set<string>();
  /** Entities that our account cannot get at, and how the tracker says so. */
  readonly denied = new Map<string, 'forbidden' | 'not-found'>();
  /** Feed positions before this one have expired. */
  forgotten = 0;
  feedPage = 100;
  /** One entry for each change; the position is the sequence number. */
  readonly feed: string[] = [];
  readonly #faults: Fault[] = [];
  #landing: { readonly at: number; readonly work: () => unknown }[] = [];
  readonly #uploads = new Map<string, MemoryFile>();
  #nextEntity = 1;
  #nextId = 1;
  #nextWrite = 1;

  constructor(options: MemoryServerOptions) {
    this.name = options.name;
    this.profile = options.profile;
    this.clock = options.clock;
    this.token = options.token ?? null;
    this.human = new Humans(this);
  }

  /** The next calls that it meets fail so, `times` times (default once). */
  failNext(kind: FaultKind, options: FaultOptions = {}): void {
    this.#faults.push({ ...options, kind, left: options.times ?? 1 });
  }

  /** Ends all faults that were ordered. Writes that are to land late still land. */
  calm(): void {
    this.#faults.length = 0;
    this.paused = false;
    this.rateLimitedUntil = 0;
  }

  /** One call by our account: gate, faults, effect, gate. */
  async call<T>(name: VendorCall, ref: string | null, token: string | null, call: CallContext, work: () => T): Promise<T> {
    if (this.gate) await this.gate(`before ${name}`, ref);
    let status: number | null = null;
    try {
      if (call.signal.aborted) throw new TrackerError('unavailable', 'The call was given up.', { cause: call.signal.reason });
      const result = this.#answer(name, ref, token, work);
      status = 200;
      if (this.gate) await this.gate(`after ${name}`, ref);
      return result;
    } catch (error) {
      if (error instanceof TrackerError) status = error.status ?? null;
      throw error;
    } finally {
      call.onRequest?.({ method: WRITES.has(name) ? 'POST' : 'GET', path: `/${name}${ref === null ? '' : `/${ref}`}`, status, ms: 0 });
    }
  }

  #answer<T>(name: VendorCall, ref: string | null, token: string | null, work: () => T): T {
    this.land();
    const write = WRITES.has(name);
    if (this.paused) throw new TrackerError('unavailable', 'The tracker cannot be reached.');
    const now = this.clock.now();
    if (this.rateLimitedUntil > now)
      throw new TrackerError('rate-limited', 'The tracker asks us to slow down.', { status: 429, retryAt: this.rateLimitedUntil });
    const reader = token !== null && this.readers.has(token);
    if (this.token !== null && token !== this.token && !reader) throw new TrackerError('auth', 'The tracker refused the credentials.', { status: 401 });
    if (reader && write) throw new TrackerError('forbidden', 'Our account may not write.', { status: 403 });
    const denial = ref === null ? undefined : this.denied.get(ref);
    if (denial) throw new TrackerError(denial, `Our account cannot see ${ref}.`, { status: denial === 'forbidden' ? 403 : 404 });
    const fault = this.#faults.length ? this.#faults.find((f) => meets(f, name)) : undefined;
    if (fault) {
      if (--fault.left <= 0) this.#faults.splice(this.#faults.indexOf(fault), 1);
      if (fault.kind === 'commit-then-drop') this.#count(write, work);
      if (fault.kind === 'late') this.#landing.push({ at: now + (fault.lateMs ?? 0), work: () => this.#count(write, work) });
      throw errorOf(fault, name, now);
    }
    return this.#count(write, work);
  }

  #count<T>(write: boolean, work: () => T): T {
    const result = work();
    if (write) this.writes++;
    else this.reads++;
    return result;
  }

  /** Lets timed-out writes whose time has come take effect. Anybody's next call does it too. */
  land(): void {
    if (!this.#landing.length) return;
    const now = this.clock.now();
    const due = this.#landing.filter((l) => l.at <= now);
    this.#landing = this.#landing.filter((l) => l.at > now);
    for (const { work } of due) {
      try {
        work();
      } catch (error) {
        if (!(error instanceof TrackerError)) throw error;
      }
    }
  }

  /** Every row, deleted ones too. Throws `not-found` for what never was. */
  entity(ref: string): MemoryEntity {
    const entity = this.entities.get(ref);
    if (!entity) throw new TrackerError('not-found', `There is no ${ref} in ${this.name}.`, { status: 404 });
    return entity;
  }

  /** The same for what can still be changed. */
  living(ref: string): MemoryEntity {
    const entity = this.entity(ref);
    if (entity.gone) throw new TrackerError('not-found', `${ref} was deleted in ${this.name}.`, { status: 404 });
    return entity;
  }

  version(entity: MemoryEntity): string {
    const { profile } = this;
    return profile.capabilities.exactVersions ? String(entity.version) : `${Math.floor(entity.touchedAt / profile.versionMs)}s`;
  }

  id(): string {
    return String(this.#nextId++);
  }

  touch(entity: MemoryEntity): void {
    entity.version++;
    entity.touchedAt = this.clock.now();
    entity.view = null;
    this.feed.push(entity.ref);
    this.hooks.changed(entity.ref, this.version(entity), entity.touchedAt);
  }

  /** A file that belongs to nothing until a write names it. */
  upload(name: string, type: string, content: Buffer, author: string): string {
    const { maxBytes } = this.profile.capabilities.files;
    if (content.length > maxBytes) throw refused('files', `${name} is larger than ${maxBytes} bytes.`);
    const id = this.id();
    this.#uploads.set(id, { id, name, type, content, comment: null, author, at: this.clock.now(), gone: false });
    return id;
  }

  insert(
    given: {
      readonly scope: string | null;
      readonly type: string | null;
      readonly fields: Readonly<Record<string, FieldValue>>;
      readonly files: readonly string[];
    },
    marker: string | null,
    author: string,
  ): MemoryEntity {
    const { types, scopes } = this.profile;
    if (given.type !== null && !types.includes(given.type)) throw refused('type', `There is no type ${given.type} here.`);
    if (given.scope !== null && !scopes.some((s) => s.id === given.scope)) throw refused('scope', `There is no scope ${given.scope} here.`);
    const fields: Record<string, FieldValue> = {
      summary: '',
      description: keep(this.profile.text, this.profile.text === 'rich' ? { type: 'root', children: [] } : ''),
    };
    for (const f of this.profile.fields) fields[f.name] = f.choices?.[0] ?? (f.kind === 'tags' ? [] : null);
    for (const [name, value] of Object.entries(given.fields)) fields[name] = this.#value(name, value);
    if (fields.summary === '') throw refused('summary', 'A summary is needed.');
    const at = this.clock.now();
    const entity: MemoryEntity = {
      ref: String(this.#nextEntity++),
      type: given.type ?? types[0] ?? null,
      scope: given.scope ?? scopes[0]?.id ?? null,
      fields,
      comments: [],
      files: [],
      journal: [],
      links: new Map(),
      author,
      at,
      marker,
      gone: false,
      goneBy: null,
      version: 0,
      touchedAt: at,
      view: null,
    };
    this.#attach(entity, given.files, null);
    this.entities.set(entity.ref, entity);
    this.touch(entity);
    return entity;
  }

  mark(ref: string, marker: string): void {
    const entity = this.living(ref);
    entity.marker = marker;
    this.touch(entity);
  }

  markComment(ref: string, id: string, marker: string): void {
    const entity = this.living(ref);
    this.comment(entity, id).marker = marker;
    this.touch(entity);
  }

  /** One for each key. It is no part of the content, and moves the entity's version all the same. */
  link(ref: string, key: string, title: string, url: string): void {
    if (title.length > LINK_TITLE) throw refused('link', 'The title of the link is too long.');
    const entity = this.living(ref);
    entity.links.set(key, { title, url });
    this.touch(entity);
  }

  comment(entity: MemoryEntity, id: string): MemoryComment {
    const comment = entity.comments.find((c) => c.id === id && !c.gone);
    if (!comment) throw new TrackerError('not-found', `There is no comment ${id} in ${entity.ref}.`, { status: 404 });
    return comment;
  }

  /** Changes an entity, by anybody. Throws before anything is changed. What changes nothing moves no version. */
  update(ref: string, update: Update, by: string): Updated {
    const entity = this.living(ref);
    const before = this.version(entity);
    if (update.base != null && update.base !== before) throw new TrackerError('conflict', `${ref} was changed in the meantime.`, { status: 409 });
    const fields = Object.entries(update.fields ?? {}).map(([name, value]) => [name, this.#value(name, value)] as const);
    if (fields.some(([name, value]) => name === 'summary' && value === '')) throw refused('summary', 'A summary is needed.');
    const edited = update.edit && this.comment(entity, update.edit.id);
    const removed = update.remove === undefined ? undefined : this.comment(entity, update.remove);
    const file = update.removeFile === undefined ? undefined : entity.files.find((f) => f.id === update.removeFile && !f.gone);
    if (update.removeFile !== undefined && !file) throw new TrackerError('not-found', `There is no file ${update.removeFile} in ${ref}.`, { status: 404 });
    if (update.add && emptyText(update.add.body) && !update.add.files.length) throw refused('comment', 'A comment needs a text or a file.');

    const write = this.#nextWrite++;
    let changed = false;
    for (const [field, now] of fields) {
      const old = entity.fields[field] ?? null;
      if (same(old, now)) continue;
      entity.fields[field] = now;
      entity.journal.push({ write, by, at: this.clock.now(), field, old, now });
      changed = true;
    }
    if (edited && update.edit) {
      const body = update.edit.body === undefined ? edited.body : keep(this.profile.text, update.edit.body);
      const visible = update.edit.public ?? edited.public;
      changed ||= visible !== edited.public || !same(body, edited.body);
      edited.body = body;
      edited.public = visible;
    }
    for (const row of [removed, file]) {
      if (!row) continue;
      row.gone = true;
      if ('goneBy' in row) row.goneBy = by;
      changed = true;
    }
    if (removed) for (const f of entity.files) if (f.comment === removed.id) f.gone = true;
    const { add } = update;
    let comment: string | null = null;
    if (add) {
      comment = this.id();
      const body = keep(this.profile.text, add.body);
      entity.comments.push({
        id: comment,
        body,
        public: add.public,
        author: by,
        at: this.clock.now(),
        marker: add.marker,
        gone: false,
        goneBy: null,
        concealed: false,
      });
      this.#attach(entity, add.files, comment);
      changed = true;
    }
    if (update.files?.length) {
      this.#attach(entity, update.files, null);
      changed = true;
    }
    if (changed) this.touch(entity);
    return { write, before, after: this.version(entity), comment };
  }

  remove(ref: string, by: string): void {
    const entity = this.living(ref);
    entity.gone = true;
    entity.goneBy = by;
    this.touch(entity);
  }

  #attach(entity: MemoryEntity, uploads: readonly string[], comment: string | null): void {
    for (const id of uploads) {
      const file = this.#uploads.get(id);
      if (!file) throw refused('files', `The upload ${id} has expired.`);
      this.#uploads.delete(id);
      file.comment = comment;
      entity.files.push(file);
    }
  }

  #value(name: string, value: FieldValue): FieldValue {
    const field = kindOf(this.profile, name);
    if (!field) throw refused(name, `There is no field ${name} here.`);
    const wrong = () => refused(name, `${JSON.stringify(value)} is not a value for ${name}.`);
    switch (field.kind) {
      case 'rich':
        if (typeof value !== 'string' && !isDoc(value)) throw wrong();
        if (name === 'description' && tooLong(value, this.profile.capabilities.description.maxBytes)) throw refused(name, 'The description is too long.');
        return keep(this.profile.text, value);
      case 'choice':
        if (typeof value !== 'string' || !field.choices?.includes(value)) throw wrong();
        return value;
      case 'number':
        if (value !== null && typeof value !== 'number') throw wrong();
        return value;
      case 'tags':
        if (!Array.isArray(value) || value.some((v) => typeof v !== 'string')) throw wrong();
        return value;
      case 'date':
        if (value !== null && (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value))) throw wrong();
        return value;
      case 'text':
      case 'user':
        if (typeof value !== 'string' && (value !== null || name === 'summary')) throw wrong();
        return value;
    }
  }
}
