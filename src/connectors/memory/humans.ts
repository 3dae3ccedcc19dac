import type { FieldValue } from '../../core/entity.ts';
import { docOf, type RichText } from '../../core/rich-text/index.ts';
import type { MemoryProfile } from './profiles.ts';
import type { MemoryComment, MemoryEntity, Update, Updated } from './records.ts';
import { isDoc, type Stored, settleField, toStored } from './text.ts';

export interface HumanFile {
  readonly name: string;
  readonly type?: string;
  readonly content: Buffer | string;
}

/** What the screens stand on: the server, whoever asks. */
interface Office {
  readonly profile: MemoryProfile;
  land(): void;
  living(ref: string): MemoryEntity;
  comment(entity: MemoryEntity, id: string): MemoryComment;
  touch(entity: MemoryEntity): void;
  upload(name: string, type: string, content: Buffer, author: string): string;
  insert(
    given: {
      readonly scope: string | null;
      readonly type: string | null;
      readonly fields: Readonly<Record<string, FieldValue>>;
      readonly files: readonly string[];
    },
    marker: string | null,
    author: string,
  ): MemoryEntity;
  update(ref: string, update: Update, by: string): Updated;
  remove(ref: string, by: string): void;
}

/** What people do in the tracker's own screens. They are not held to what its API can. Text may be given as a string. Default author: `Ann`. */
export class Humans {
  readonly #server: Office;
  constructor(server: Office) {
    this.#server = server;
  }

  #text(text: string | RichText): Stored {
    return toStored(this.#server.profile.text, typeof text === 'string' ? docOf(text) : text);
  }

  #fields(fields: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> {
    const { profile } = this.#server;
    const out: Record<string, FieldValue> = {};
    for (const [name, value] of Object.entries(fields)) {
      const settled = settleField(profile, name, value);
      out[name] = isDoc(settled) ? this.#text(settled) : settled;
    }
    return out;
  }

  #uploads(files: readonly HumanFile[] | undefined, author: string): string[] {
    return (files ?? []).map((f) => this.#server.upload(f.name, f.type ?? 'application/octet-stream', Buffer.from(f.content), author));
  }

  #row(ref: string, id: string): MemoryComment {
    return this.#server.comment(this.#server.living(ref), id);
  }

  /** Returns the ref. */
  create(
    given: { readonly fields: Readonly<Record<string, FieldValue>>; readonly type?: string; readonly scope?: string; readonly files?: readonly HumanFile[] },
    author = 'Ann',
  ): string {
    this.#server.land();
    const draft = { scope: given.scope ?? null, type: given.type ?? null, fields: this.#fields(given.fields), files: this.#uploads(given.files, author) };
    return this.#server.insert(draft, null, author).ref;
  }

  edit(ref: string, fields: Readonly<Record<string, FieldValue>>, author = 'Ann'): void {
    this.#server.land();
    this.#server.update(ref, { fields: this.#fields(fields) }, author);
  }

  /** Returns the comment's id. */
  comment(
    ref: string,
    body: string | RichText,
    options: { readonly public?: boolean; readonly author?: string; readonly files?: readonly HumanFile[] } = {},
  ): string {
    this.#server.land();
    const author = options.author ?? 'Ann';
    const add = { body: this.#text(body), public: options.public ?? true, files: this.#uploads(options.files, author), marker: null };
    return this.#server.update(ref, { add }, author).comment ?? '';
  }

  editComment(ref: string, id: string, body: string | RichText, author = 'Ann'): void {
    this.#server.land();
    this.#server.update(ref, { edit: { id, body: this.#text(body) } }, author);
  }

  deleteComment(ref: string, id: string, author = 'Ann'): void {
    this.#server.land();
    this.#server.update(ref, { remove: id }, author);
  }

  setPublic(ref: string, id: string, isPublic: boolean, author = 'Ann'): void {
    this.#server.land();
    this.#server.update(ref, { edit: { id, public: isPublic } }, author);
  }

  /** Hides a comment from our account, or shows it again: a visibility rule that we know nothing of. */
  conceal(ref: string, id: string, concealed: boolean): void {
    this.#server.land();
    this.#row(ref, id).concealed = concealed;
    this.#server.touch(this.#server.living(ref));
  }

  /** Returns the file's id. */
  addFile(ref: string, file: HumanFile, author = 'Ann'): string {
    this.#server.land();
    const [id = ''] = this.#uploads([file], author);
    this.#server.update(ref, { files: [id] }, author);
    return id;
  }

  deleteFile(ref: string, id: string, author = 'Ann'): void {
    this.#server.land();
    this.#server.update(ref, { removeFile: id }, author);
  }

  deleteEntity(ref: string, author = 'Ann'): void {
    this.#server.land();
    this.#server.remove(ref, author);
  }
}
