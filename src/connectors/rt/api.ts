import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient, HttpRequest, HttpResponse } from '../../lib/http.ts';
import type { Form } from './multipart.ts';
import { refusal } from './refusals.ts';
import type { WireAccount, WireList, WirePart, WireQueue, WireTicket, WireTransaction } from './wire.ts';

/** RT's own largest page. */
export const LARGEST_PAGE = 100;

const HISTORY = 'Type,Creator,Created,Field,NewValue,CustomFields';
const PARTS = 'TransactionId,ContentType,Filename,ContentLength,Created,Headers';
const LISTED = 'LastUpdated,Creator,Status,CustomFields';

/** A ticket, and the number of the last transaction that it had then. */
export interface Looked {
  readonly ticket: WireTicket;
  readonly last: number;
}

/** RT's REST API 2. Every method throws `TrackerError`. */
export class RtApi {
  /** Without a slash at the end. */
  readonly base: string;
  readonly #http: HttpClient;
  readonly #token: string;

  constructor(http: HttpClient, base: string, token: string) {
    this.#http = http;
    this.base = base;
    this.#token = token;
  }

  /** Who the token belongs to: it bears the user's number, and RT has no other word for “me”. Throws `protocol` where no RT answers. */
  async me(call: CallContext): Promise<WireAccount> {
    const [, user = ''] = this.#token.split('-');
    const answer = await this.#send({ method: 'GET', url: this.#at(`/user/${encodeURIComponent(user)}`) }, call);
    if (answer.status === 404) throw this.#noRt(404);
    const account = this.#expect(answer, 'the account').json<Partial<WireAccount> | null>();
    if (typeof account?.Name !== 'string' || account.id === undefined) throw this.#noRt(answer.status);
    return { ...account, id: account.id, Name: account.Name };
  }

  /** Null: there is no such ticket. A ticket that was merged into another one is answered with that one. */
  async ticket(ref: string, call: CallContext): Promise<Looked | null> {
    const answer = await this.#send({ method: 'GET', url: this.#at(`/ticket/${encodeURIComponent(ref)}`) }, call);
    if (answer.status === 404) return null;
    const ticket = this.#expect(answer, `ticket ${ref}`).json<WireTicket>();
    const last = Number(/^(?:W\/)?"(\d+)"$/.exec(answer.headers.etag ?? '')?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(last)) throw this.#noRt(answer.status);
    return { ticket, last };
  }

  /** A page of a ticket's transactions, by id. Those that the account may not see are left out of it, so that it may be shorter than RT's page. */
  async history(ref: string, page: number, call: CallContext): Promise<readonly WireTransaction[]> {
    const query = `per_page=${LARGEST_PAGE}&page=${page}&orderby=id&fields=${HISTORY}&fields[Creator]=RealName`;
    return (await this.#list<WireTransaction>(`/ticket/${encodeURIComponent(ref)}/history?${query}`, `the history of ticket ${ref}`, call)).items;
  }

  /** A ticket's transactions after that number, at most 100. */
  async since(ref: string, after: number, call: CallContext): Promise<readonly WireTransaction[]> {
    const query = encodeURIComponent(`ObjectType = 'RT::Ticket' AND ObjectId = ${Number(ref)} AND id > ${after}`);
    const path = `/transactions?query=${query}&orderby=id&per_page=${LARGEST_PAGE}&fields=Type,Creator,Created,Field,NewValue`;
    return (await this.#list<WireTransaction>(path, `the history of ticket ${ref}`, call)).items;
  }

  /** A page of what was said with a ticket. `contents`: the texts, too; what is no text is mangled then. */
  async parts(ref: string, page: number, contents: boolean, call: CallContext): Promise<readonly WirePart[]> {
    const fields = contents ? 'Content' : PARTS;
    const path = `/ticket/${encodeURIComponent(ref)}/attachments?per_page=${LARGEST_PAGE}&page=${page}&orderby=id&fields=${fields}`;
    return (await this.#list<WirePart>(path, `the attachments of ticket ${ref}`, call)).items;
  }

  /** What was said in a transaction. */
  async partsOf(transaction: string, call: CallContext): Promise<readonly WirePart[]> {
    const path = `/transaction/${encodeURIComponent(transaction)}/attachments?per_page=${LARGEST_PAGE}&orderby=id&fields=${PARTS}`;
    return (await this.#list<WirePart>(path, `the attachments of transaction ${transaction}`, call)).items;
  }

  /** A text, whole. Throws `not-found`. */
  async text(part: string, call: CallContext): Promise<string> {
    const answer = await this.#send({ method: 'GET', url: this.#at(`/attachment/${encodeURIComponent(part)}`) }, call);
    const { Content: content } = this.#expect(answer, `attachment ${part}`).json<{ Content?: string | null }>();
    return Buffer.from(content ?? '', 'base64').toString('utf8');
  }

  /** A file as RT's pages give it: as it is, and in a stream, while the REST API makes one JSON text of it. */
  async download(transaction: string, part: string, call: CallContext): Promise<HttpResponse> {
    const url = `${this.base}/Ticket/Attachment/${encodeURIComponent(transaction)}/${encodeURIComponent(part)}/file`;
    return this.#expect(await this.#send({ method: 'GET', url, stream: true }, call), `file ${part}`);
  }

  /** Tickets by RT's own search language, deleted ones never. The total is exact: RT asks its database for what the account may see. */
  async tickets(
    query: string,
    order: readonly (readonly [field: string, way: 'ASC' | 'DESC'])[],
    limit: number,
    call: CallContext,
  ): Promise<WireList<WireTicket> & { readonly serverTime: number | null }> {
    const sorted = order.map(([field]) => `&orderby=${field}`).join('') + order.map(([, way]) => `&order=${way}`).join('');
    const url = this.#at(`/tickets?query=${encodeURIComponent(query)}${sorted}&per_page=${limit}&fields=${LISTED}`);
    const answer = await this.#send({ method: 'GET', url }, call);
    const list = this.#expect(answer, 'the list of tickets').json<WireList<WireTicket>>();
    if (!Array.isArray(list.items)) throw this.#noRt(answer.status);
    const time = Date.parse(answer.headers.date ?? '');
    return { ...list, serverTime: Number.isNaN(time) ? null : time };
  }

  /** All queues that the account sees and that are in use. */
  async queues(call: CallContext): Promise<WireQueue[]> {
    const found: WireQueue[] = [];
    for (let page = 1; ; page++) {
      const path = `/queues/all?per_page=${LARGEST_PAGE}&page=${page}&orderby=id&fields=Name,Disabled`;
      const { items, total } = await this.#list<WireQueue>(path, 'the list of queues', call);
      found.push(...items);
      if (items.length === 0 || (total !== null && page * LARGEST_PAGE >= total)) return found.filter((queue) => Number(queue.Disabled ?? 0) === 0);
    }
  }

  /** A queue with its custom fields, and what the account may do there. */
  async queue(id: string, call: CallContext): Promise<WireQueue> {
    const answer = await this.#send({ method: 'GET', url: this.#at(`/queue/${encodeURIComponent(id)}`) }, call);
    return this.#expect(answer, `queue ${id}`).json<WireQueue>();
  }

  /** The number of the new ticket. */
  async createTicket(form: Form, call: CallContext): Promise<string> {
    const answer = await this.#send({ method: 'POST', url: this.#at('/ticket'), ...form }, call);
    return this.#made(this.#expect(answer, 'creating tickets in this queue'), 'ticket');
  }

  /** What RT says about it: it answers a refusal with success, too. Throws `conflict` when there is a newer transaction than `last`. */
  async updateTicket(ref: string, members: Readonly<Record<string, unknown>>, last: number, call: CallContext): Promise<readonly string[]> {
    const url = this.#at(`/ticket/${encodeURIComponent(ref)}`);
    const answer = await this.#send({ method: 'PUT', url, headers: { 'if-match': `"${last}"` }, json: members }, call);
    const said = this.#expect(answer, `ticket ${ref}`).json<unknown>();
    return Array.isArray(said) ? said.map(String) : [];
  }

  /** A reply (everybody reads it) or a comment (the staff does). Its number. */
  async say(ref: string, what: 'correspond' | 'comment', form: Form, call: CallContext): Promise<string> {
    const answer = await this.#send({ method: 'POST', url: this.#at(`/ticket/${encodeURIComponent(ref)}/${what}`), ...form }, call);
    return this.#made(this.#expect(answer, `${what === 'comment' ? 'commenting on' : 'replying to'} ticket ${ref}`), 'transaction');
  }

  #at(path: string): string {
    return `${this.base}/REST/2.0${path}`;
  }

  async #list<T>(path: string, what: string, call: CallContext): Promise<WireList<T>> {
    const list = this.#expect(await this.#send({ method: 'GET', url: this.#at(path) }, call), what).json<WireList<T>>();
    if (!Array.isArray(list.items)) throw this.#noRt(200);
    return list;
  }

  #made(answer: HttpResponse, what: string): string {
    const id = new RegExp(`/${what}/(\\d+)$`).exec(answer.headers.location ?? '')?.[1];
    if (id === undefined) throw new TrackerError('protocol', `${this.base} answered without the number of the new ${what}.`, { inDoubt: true });
    return id;
  }

  #send(request: HttpRequest, call: CallContext): Promise<HttpResponse> {
    return this.#http.request({ ...request, headers: { authorization: `token ${this.#token}`, ...request.headers } }, call);
  }

  #noRt(status: number): TrackerError {
    return new TrackerError('protocol', `There is no Request Tracker 5 at ${this.base}, or its REST API is switched off.`, { status });
  }

  #expect(answer: HttpResponse, what: string): HttpResponse {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer, what);
  }
}
