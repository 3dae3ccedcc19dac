/** As much of RFC 8941 (structured fields) as signatures need: dictionaries of inner lists and of byte sequences. */
export type Bare = string | number | boolean | Buffer | { readonly token: string };
export type Parameters = ReadonlyMap<string, Bare>;
export interface Item {
  readonly value: Bare;
  readonly params: Parameters;
}
export interface InnerList {
  readonly items: readonly Item[];
  readonly params: Parameters;
}
export type Member = Item | InnerList;

class Malformed extends Error {}

/** Null: malformed. */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | null {
  const reader = new Reader(text);
  try {
    return reader.dictionary();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** Items with parameters, as in `a, b;c`. Null: malformed. */
export function parseList(text: string): readonly Item[] | null {
  const reader = new Reader(text);
  try {
    return reader.list();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text.trim();
  }

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>();
    while (!this.#ended()) {
      const name = this.#key();
      if (this.#take('=')) members.set(name, this.#peek() === '(' ? this.#innerList() : this.#item());
      else members.set(name, { value: true, params: this.#params() });
      this.#comma();
    }
    return members;
  }

  list(): Item[] {
    const items: Item[] = [];
    while (!this.#ended()) {
      items.push(this.#item());
      this.#comma();
    }
    return items;
  }

  #comma(): void {
    this.#space();
    if (this.#ended()) return;
    if (!this.#take(',')) throw new Malformed();
    this.#space();
    if (this.#ended()) throw new Malformed();
  }

  #innerList(): InnerList {
    const items: Item[] = [];
    this.#take('(');
    for (;;) {
      while (this.#take(' '));
      if (this.#take(')')) return { items, params: this.#params() };
      items.push(this.#item());
      if (this.#peek() !== ' ' && this.#peek() !== ')') throw new Malformed();
    }
  }

  #item(): Item {
    return { value: this.#bare(), params: this.#params() };
  }

  #params(): Map<string, Bare> {
    const params = new Map<string, Bare>();
    while (this.#take(';')) {
      while (this.#take(' '));
      const name = this.#key();
      params.set(name, this.#take('=') ? this.#bare() : true);
    }
    return params;
  }

  #bare(): Bare {
    const string = this.#match(/"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y);
    if (string) return (string[1] ?? '').replace(/\\(.)/g, '$1');
    const bytes = this.#match(/:([A-Za-z0-9+/]*={0,2}):/y);
    if (bytes) return Buffer.from(bytes[1] ?? '', 'base64');
    const number = this.#match(/-?\d{1,15}(?![\d.])/y);
    if (number) return Number(number[0]);
    const truth = this.#match(/\?([01])/y);
    if (truth) return truth[1] === '1';
    const token = this.#match(/[A-Za-z*][-!#$%&'*+.^_`|~:/A-Za-z0-9]*/y);
    if (token) return { token: token[0] };
    throw new Malformed();
  }

  #key(): string {
    const found = this.#match(/[a-z*][a-z0-9_.*-]*/y);
    if (!found) throw new Malformed();
    return found[0];
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found;
  }
  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
  #space(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at++;
  }
  #peek(): string | undefined {
    return this.#text[this.#at];
  }
  #ended(): boolean {
    return this.#at >= this.#text.length;
  }
}

function writeBare(value: Bare): string {
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'boolean') return value ? '?1' : '?0';
  return Buffer.isBuffer(value) ? `:${value.toString('base64')}:` : value.token;
}

export const writeParams = (params: Parameters): string =>
  [...params].map(([name, value]) => (value === true ? `;${name}` : `;${name}=${writeBare(value)}`)).join('');
export const writeItem = ({ value, params }: Item): string => writeBare(value) + writeParams(params);
export const writeInnerList = ({ items, params }: InnerList): string => `(${items.map(writeItem).join(' ')})${writeParams(params)}`;
export const isInnerList = (member: Member | undefined): member is InnerList => member !== undefined && 'items' in member;
