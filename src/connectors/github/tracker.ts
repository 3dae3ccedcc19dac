import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, TrackerDeps, Webhook } from '../connector.ts';
import { GithubApi } from './api.ts';
import { checkAccount } from './check.ts';
import { Directory } from './directory.ts';
import { Feed, LARGEST_PAGE } from './feed.ts';
import { Files } from './files.ts';
import { STATES, settleField, TITLE_CHARS } from './map.ts';
import { findByMarker, recentByMarker } from './marked.ts';
import { fetchIssue, findIssue, pathOf, type Reading, seen } from './reading.ts';
import type { GithubSettings } from './settings.ts';
import { settleText, TEXT_CHARS, withWords } from './text.ts';
import { hintsOf, registerAt, verify } from './webhook.ts';
import { applyChange, createIssue, refused, type Spot } from './write.ts';

/** `links`: the node has an address under which people can open files. */
export const capabilitiesOf = (links: boolean): Capabilities => ({
  compareAndSet: false,
  journal: false,
  oneWrite: false,
  exactVersions: true,
  entityMarker: 'atomic',
  comments: { internal: false, edit: true, delete: true, hide: false, publish: false, marker: 'atomic' },
  // GitHub holds the address only: no limit of its own.
  files: { add: links ? 'comment' : 'none', delete: false, maxBytes: links ? 10 * 1024 ** 3 : 0 },
  settleMs: 60_000,
  searchLagMs: 60_000,
  summary: { maxChars: TITLE_CHARS, support: 'full' },
  description: { maxBytes: TEXT_CHARS, support: 'full', edit: true },
  richText: 'markdown',
  webhooks: true,
  backLinks: false,
});

/** Repositories of one owner at a GitHub, by one account. `pageSize`: items on a page of the feed, for tests. */
export class GithubTracker implements Tracker {
  readonly capabilities: Capabilities;
  readonly webhook: Webhook;
  readonly files: NonNullable<Tracker['files']>;
  readonly #settings: GithubSettings;
  readonly #deps: TrackerDeps;
  readonly #api: GithubApi;
  readonly #directory: Directory;
  readonly #feed: Feed;
  readonly #reading: Reading;

  constructor(settings: GithubSettings, deps: TrackerDeps, pageSize = LARGEST_PAGE) {
    this.#settings = settings;
    this.#deps = deps;
    const now = () => deps.now();
    this.#api = new GithubApi(settings, deps);
    this.#directory = new Directory(this.#api, settings, now);
    this.#feed = new Feed(this.#api, now, pageSize, settings.pullRequests);
    this.capabilities = capabilitiesOf(deps.fileLinks !== undefined);
    const files = new Files(this.#api, deps);
    const { pullRequests } = settings;
    this.#reading = { api: this.#api, directory: this.#directory, files, links: deps.fileLinks, pullRequests, moved: new Map() };
    this.files = { open: async (ref, id, call) => files.open(pathOf(ref), id, call) };
    this.webhook = {
      register: async (url, known, call) => registerAt(this.#api, await this.#directory.repos(call), pullRequests, url, known, call),
      verify,
      hints: (body) => hintsOf(body, pullRequests).map((hint) => ({ ...hint, ref: this.#known(hint.ref) })),
    };
  }

  check(call: CallContext): Promise<CheckResult> {
    return checkAccount(this.#api, this.#directory, this.#settings, call);
  }

  async describe(_scope: string | null, call: CallContext): Promise<Description> {
    const [repos, types] = await Promise.all([this.#directory.repos(call), this.#directory.types(call)]);
    return {
      types: types.map((name) => ({ name, creatable: true })),
      scopes: repos.map(({ id, full_name }) => ({ id: String(id), name: full_name })),
      fields: [
        { name: 'summary', kind: 'text', support: 'full' },
        { name: 'description', kind: 'rich', support: 'full' },
        { name: 'state', kind: 'choice', support: 'full', choices: STATES },
        // A label that exists keeps its own case.
        { name: 'labels', kind: 'tags', support: 'degraded' },
      ],
    };
  }

  find(urn: string, call: CallContext): Promise<EntityRef> {
    return findIssue(this.#reading, urn, call);
  }

  fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    return fetchIssue(this.#reading, ref, call);
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const repos = await this.#directory.repos(call);
    const scope = draft.scope ?? (repos.length === 1 ? String(repos[0]?.id) : null);
    if (scope === null) throw refused('scope', 'Choose the repository in which issues are created, in the connection.');
    const repo = await this.#directory.repo(scope, call);
    const there = await recentByMarker(this.#reading, repo, marker, call);
    if (there) return { snapshot: there, files: [] };
    const types = draft.type === null ? [] : await this.#directory.types(call);
    const type = types.find((name) => name.toLowerCase() === draft.type?.toLowerCase()) ?? null;
    if (draft.type !== null && type === null)
      throw refused('type', types.length > 0 ? `“${draft.type}” is not one of the issue types ${types.join(', ')}.` : 'There are no issue types here.');
    const { issue, files } = await createIssue(this.#spot(repo.id), { ...draft, type }, marker, call);
    return { snapshot: await seen(this.#reading, repo, issue, call), files };
  }

  findByMarker(marker: string, since: string, call: CallContext): Promise<Snapshot | null> {
    return findByMarker(this.#reading, marker, since, call);
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    return applyChange(this.#spot(Number(base.scope)), ref, base, change, call);
  }

  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#asKnown(await this.#feed.changedSince(cursor, await this.#directory.repos(call), await this.#directory.us(call), call));
  }

  async sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#asKnown(await this.#feed.sweep(cursor, await this.#directory.repos(call), await this.#directory.us(call), call));
  }

  #asKnown(page: ChangePage): ChangePage {
    return { ...page, items: page.items.map((item) => ({ ...item, ref: this.#known(item.ref) })) };
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settleField(field, value);
  }

  settleComment(body: RichText): RichText {
    return settleText(withWords(body));
  }

  #known(ref: EntityRef): EntityRef {
    return this.#reading.moved.get(ref) ?? ref;
  }

  #spot(repo: number): Spot {
    if (!Number.isSafeInteger(repo)) throw new TrackerError('not-found', 'The issue’s repository is not known.');
    return { api: this.#api, links: this.#deps.fileLinks, repo };
  }
}
