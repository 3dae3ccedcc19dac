import type { CallContext } from '../../lib/http.ts';
import { LARGEST_PAGE, type RtApi } from './api.ts';
import type { Whole } from './map.ts';
import { saidIn } from './parts.ts';
import type { WirePart, WireTransaction } from './wire.ts';

/** Up to so many texts are asked for one by one, and up to so many bytes of all parts are taken in a list, where files come along in vain. */
const ONE_BY_ONE = 2;
const IN_A_LIST = 2_000_000;
/** Texts never change: so many characters of them are remembered. */
const REMEMBERED = 20_000_000;
const AT_ONCE = 4;

/** Texts by the number of their part; the oldest is forgotten first. */
class Texts {
  readonly #known = new Map<string, string>();
  #chars = 0;

  get(part: string): string | undefined {
    return this.#known.get(part);
  }

  learn(part: string, text: string): void {
    if (this.#known.has(part)) return;
    this.#known.set(part, text);
    this.#chars += text.length;
    for (const [oldest, { length }] of this.#known) {
      if (this.#chars <= REMEMBERED) break;
      this.#known.delete(oldest);
      this.#chars -= length;
    }
  }
}

/** Reads whole tickets. */
export class Reader {
  readonly #api: RtApi;
  readonly #texts = new Texts();

  constructor(api: RtApi) {
    this.#api = api;
  }

  /** `gone`: it was deleted, or merged into another one. Null: RT does not find it. */
  async whole(ref: string, call: CallContext): Promise<Whole | 'gone' | null> {
    const looked = await this.#api.ticket(ref, call);
    if (!looked) return null;
    const { ticket, last } = looked;
    if (ticket.Status === 'deleted' || String(ticket.id) !== ref) return 'gone';
    // The fields are as of transaction `last`: what came after it belongs to the next version.
    const transactions = (await this.#history(ref, last, call)).filter(({ id }) => Number(id) <= last);
    const seen = new Set(transactions.map(({ id }) => String(id)));
    const complete = Number(transactions.at(-1)?.id ?? 0) >= last;
    const parts = (await this.#parts(ref, complete, call)).filter((part) => seen.has(String(part.TransactionId)));
    return { ticket, last, transactions, parts, texts: await this.#contents(ref, transactions, parts, call) };
  }

  /** Invisible transactions make a page shorter: only the newest number, or an empty page, is the end. */
  async #history(ref: string, last: number, call: CallContext): Promise<WireTransaction[]> {
    const found: WireTransaction[] = [];
    for (let page = 1; ; page++) {
      const items = await this.#api.history(ref, page, call);
      found.push(...items);
      if (items.length === 0 || Number(items.at(-1)?.id) >= last) return found;
    }
  }

  async #parts(ref: string, complete: boolean, call: CallContext): Promise<WirePart[]> {
    const found: WirePart[] = [];
    for (let page = 1; ; page++) {
      const items = await this.#api.parts(ref, page, false, call);
      found.push(...items);
      if (items.length === 0 || (complete && items.length < LARGEST_PAGE)) return found;
    }
  }

  async #contents(ref: string, transactions: readonly WireTransaction[], parts: readonly WirePart[], call: CallContext): Promise<Map<string, string>> {
    const held = Map.groupBy(parts, (part) => String(part.TransactionId));
    const wanted = transactions.flatMap(({ id }) => saidIn(String(id), held.get(String(id)) ?? []).texts.map(({ part }) => part));
    const missing = wanted.filter((part) => this.#texts.get(part) === undefined);
    const bytes = parts.reduce((sum, part) => sum + Number(part.ContentLength ?? 0), 0);
    const fetched = new Map<string, string>();
    if (missing.length > ONE_BY_ONE && bytes <= IN_A_LIST) {
      const last = Math.max(...missing.map(Number));
      for (let page = 1; ; page++) {
        const items = await this.#api.parts(ref, page, true, call);
        for (const { id, Content: content } of items) if (typeof content === 'string') fetched.set(String(id), content);
        if (items.length === 0 || Number(items.at(-1)?.id) >= last) break;
      }
    }
    const rest = missing.filter((part) => !fetched.has(part));
    const work = async () => {
      for (let part = rest.shift(); part !== undefined; part = rest.shift()) fetched.set(part, await this.#api.text(part, call));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const texts = new Map<string, string>();
    for (const part of wanted) {
      const text = this.#texts.get(part) ?? fetched.get(part) ?? '';
      texts.set(part, text);
      this.#texts.learn(part, text);
    }
    return texts;
  }
}
