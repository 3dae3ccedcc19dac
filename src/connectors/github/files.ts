import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpResponse } from '../../lib/http.ts';
import type { FileLinks, TrackerDeps } from '../connector.ts';
import type { GithubApi } from './api.ts';
import { pastedAt, pastedIn } from './pasted.ts';
import { refusal } from './refusals.ts';

type Opened = Awaited<ReturnType<FileLinks['open']>>;

const REDIRECTS = 4;
/** Of how many pasted files the type is remembered. */
const KEPT = 5000;
/** Files of one issue that are asked for; of one with more, the others stay links: each costs calls, and anybody may write addresses. */
const MOST = 100;
/** A file that we could not open is tried again so long after, in milliseconds. */
const AGAIN = 3_600_000;
/** Failures that say nothing of the file. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate-limited', 'auth']);
const NO_TYPE = 'application/octet-stream';

/** GitHub.com shows private pictures from there. Where a GitHub of one's own has them, its texts alone say. */
const SHOWN_FROM = '.githubusercontent.com';

/** The texts of an issue as GitHub shows them. */
type Shown = () => Promise<readonly string[]>;

/** Files in texts: those that Entente shows under the node's own addresses, and those that people paste into GitHub's page. */
export class Files {
  readonly #api: GithubApi;
  readonly #deps: TrackerDeps;
  readonly #kinds = new Map<string, { readonly kind: string | null; readonly at: number }>();

  constructor(api: GithubApi, deps: TrackerDeps) {
    this.#api = api;
    this.#deps = deps;
  }

  /** Media types of the files that are pasted into these texts and that we can open, by address. `issue`: path of the issue that they are shown in. */
  async kindsIn(issue: string, texts: readonly (string | null)[], call: CallContext): Promise<ReadonlyMap<string, string>> {
    const { origin } = this.#api.site;
    const found = new Map<string, string>();
    const shown = this.#shownIn(issue, call);
    for (const address of [...new Set(texts.flatMap((text) => pastedIn(origin, text)))].slice(0, MOST)) {
      const kind = await this.#kind(address, shown, call);
      if (kind !== null) found.set(address, kind);
    }
    return found;
  }

  /** Asked for once: a file never changes under its address. Null: it is no longer there, opens only in browsers, or never was: anybody may write an address. */
  async #kind(address: string, shown: Shown, call: CallContext): Promise<string | null> {
    const known = this.#kinds.get(address);
    if (known && (known.kind !== null || this.#deps.now() - known.at < AGAIN)) return known.kind;
    let kind: string | null = null;
    try {
      const { stream, type } = await this.#pasted(address, shown, call);
      await drop(stream);
      kind = type;
    } catch (error) {
      if (!(error instanceof TrackerError) || PASSING.has(error.kind)) throw error;
    }
    if (this.#kinds.size >= KEPT) this.#kinds.clear();
    this.#kinds.set(address, { kind, at: this.#deps.now() });
    return kind;
  }

  /** `issue`: path of the issue that the file is shown in. */
  open(issue: string, id: string, call: CallContext): Promise<Opened> {
    if (pastedAt(this.#api.site.origin, id) === id) return this.#pasted(id, this.#shownIn(issue, call), call);
    if (this.#deps.fileLinks) return this.#deps.fileLinks.open(id, call);
    throw new TrackerError('not-found', 'This node has no address that people can open (ENTENTE_URL), so there are no linked files.');
  }

  /** By its address, else by the signed one with which GitHub itself shows it: those of private repositories open for browsers and these only. */
  async #pasted(address: string, shown: Shown, call: CallContext): Promise<Opened> {
    try {
      return opened(await this.#download(address, true, call));
    } catch (error) {
      if (!(error instanceof TrackerError && error.kind === 'not-found')) throw error;
      const signed = this.#signed(address, await shown());
      if (!signed) throw error;
      return opened(await this.#download(signed, false, call));
    }
  }

  /** Read once, by whoever asks first. */
  #shownIn(issue: string, call: CallContext): Shown {
    let texts: Promise<readonly string[]> | undefined;
    const read = async (): Promise<readonly string[]> => {
      const headers = { accept: 'application/vnd.github.full+json' };
      const { response } = await this.#api.request({ method: 'GET', path: issue, what: 'Reading an issue', headers }, call);
      const comments = await this.#api.all<{ body_html?: string }>(`${issue}/comments`, {}, 'Reading comments', call, headers);
      return [response.json<{ body_html?: string }>(), ...comments].map(({ body_html = '' }) => body_html);
    };
    return () => {
      texts ??= read();
      return texts;
    };
  }

  #signed(address: string, shown: readonly string[]): string | undefined {
    const name = address.split('/').at(-1) ?? '';
    for (const html of shown)
      for (const [, found = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const url = found.replaceAll('&amp;', '&');
        if (url !== address && url.includes(name) && URL.canParse(url) && this.#shows(new URL(url))) return url;
      }
    return undefined;
  }

  /** Texts have links to anywhere, and one that bears a file's name is not that file. */
  #shows({ hostname }: URL): boolean {
    return this.#api.site.origin !== 'https://github.com' || hostname.endsWith(SHOWN_FROM);
  }

  /** Credentials go to GitHub's own address only: the storage that it leads to takes signed addresses, and refuses a second way to sign in. */
  async #download(address: string, signIn: boolean, call: CallContext): Promise<HttpResponse> {
    const what = 'Reading a file';
    let url = new URL(address);
    for (let hops = 0; ; hops += 1) {
      const authorization = signIn && hops === 0 && url.origin === this.#api.site.origin ? { authorization: await this.#api.session.authorization(call) } : {};
      const response = await this.#deps.http.request({ method: 'GET', url: url.href, stream: true, headers: { accept: '*/*', ...authorization } }, call);
      if (response.status < 300) return response;
      const { location } = response.headers;
      if (response.status >= 400 || !location || !URL.canParse(location, url.href)) {
        // Not the API: what a storage thinks of an address says nothing of our credentials.
        if (response.status === 401)
          throw new TrackerError('forbidden', `${what}: ${url.host} does not show it to the account that Entente uses.`, { status: 401 });
        if (response.status === 410) throw new TrackerError('not-found', `${what}: it is gone.`, { status: 410 });
        throw refusal(response, what, url.host, this.#deps.now());
      }
      if (hops >= REDIRECTS) throw new TrackerError('protocol', `${what}: its address leads from one redirect to the next.`);
      url = new URL(location, url.href);
      if (url.pathname === '/login') throw new TrackerError('not-found', `${what}: GitHub shows it only to people who are signed in.`, { status: 302 });
    }
  }
}

/** Its content is not wanted. It is begun all the same: what was never begun cannot be cut off quietly. */
async function drop(stream: Readable): Promise<void> {
  try {
    for await (const chunk of stream) if (chunk !== undefined) break;
  } catch {
    // The type is known by now; whoever wants the content is told what is wrong with it.
  }
}

function opened({ stream, headers }: HttpResponse): Opened {
  if (!stream) throw new TrackerError('protocol', 'A file came without content.');
  const length = headers['content-length'];
  return { stream, type: headers['content-type']?.replace(/;.*/, '').trim() || NO_TYPE, size: length === undefined ? null : Number(length) };
}
