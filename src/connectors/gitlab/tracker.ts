import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, TrackerDeps, Webhook } from '../connector.ts';
import { GitlabApi } from './api.ts';
import { checkAccount } from './check.ts';
import { Directory, LEVEL } from './directory.ts';
import { Feed, LARGEST_PAGE } from './feed.ts';
import { refused, STATES, TYPES } from './fields.ts';
import { MAX_FILE_BYTES, openFile } from './files.ts';
import { findRef } from './find.ts';
import { partsOfRef, settleField, snapshotOf, TEXT_CHARS, TITLE_CHARS, type View } from './map.ts';
import type { GitlabSettings } from './settings.ts';
import { markerIn, settleText, withWords, wordOf } from './text.ts';
import { hints, registerAt, verify } from './webhook.ts';
import type { WireIssue, WireNote } from './wire.ts';
import { applyChange, createIssue, type Spot } from './write.ts';

export const CAPABILITIES: Capabilities = {
  compareAndSet: false,
  journal: false,
  oneWrite: false,
  exactVersions: true,
  entityMarker: 'atomic',
  comments: { internal: true, edit: true, delete: true, hide: false, publish: false, marker: 'atomic' },
  files: { add: 'comment', delete: false, maxBytes: MAX_FILE_BYTES },
  settleMs: 60_000,
  searchLagMs: 60_000,
  summary: { maxChars: TITLE_CHARS, support: 'full' },
  description: { maxBytes: TEXT_CHARS, support: 'full', edit: true },
  richText: 'markdown',
  webhooks: true,
  backLinks: false,
};

/** How far back `create` looks for what an earlier try may have made, in milliseconds: longer than any index lags. */
const RECENT = 900_000;

/** One account of a GitLab. `pageSize`: items on a page of the feed, for tests. */
export class GitlabTracker implements Tracker {
  readonly capabilities = CAPABILITIES;
  readonly webhook: Webhook;
  readonly files: NonNullable<Tracker['files']>;
  readonly #settings: GitlabSettings;
  readonly #now: () => number;
  readonly #api: GitlabApi;
  readonly #directory: Directory;
  readonly #feed: Feed;
  readonly #leavesOut: boolean;

  constructor(settings: GitlabSettings, deps: TrackerDeps, pageSize = LARGEST_PAGE) {
    this.#settings = { ...settings, url: settings.url.replace(/\/+$/, '') };
    this.#now = () => deps.now();
    this.#api = new GitlabApi(deps.http, this.#settings.url, settings.token);
    this.#directory = new Directory(this.#api, this.#settings, this.#now);
    this.#leavesOut = settings.confidential === 'leave-out';
    this.#feed = new Feed(this.#api, this.#now, pageSize, this.#leavesOut ? { confidential: false } : {});
    this.files = { open: async (ref, id, call) => openFile(this.#api, (await this.#spot(ref, call)).project, id, call) };
    this.webhook = {
      register: async (url, known, call) => registerAt(this.#api, await this.#projects(call), !this.#leavesOut, url, known, call),
      verify,
      hints,
    };
  }

  check(call: CallContext): Promise<CheckResult> {
    return checkAccount(this.#api, this.#directory, this.#settings, call);
  }

  async describe(_scope: string | null, call: CallContext): Promise<Description> {
    const projects = await this.#directory.projects(call);
    return {
      types: TYPES.map((name) => ({ name, creatable: true })),
      scopes: projects.map(({ id, path_with_namespace: name }) => ({ id: String(id), name })),
      fields: [
        { name: 'summary', kind: 'text', support: 'full' },
        { name: 'description', kind: 'rich', support: 'full' },
        { name: 'state', kind: 'choice', support: 'full', choices: STATES },
        { name: 'labels', kind: 'tags', support: 'full' },
        { name: 'due_date', kind: 'date', support: 'full' },
      ],
    };
  }

  async find(urn: string, call: CallContext): Promise<EntityRef> {
    const ref = findRef(urn, this.#settings.url, await this.#directory.projects(call));
    const found = await this.fetch(ref, call);
    if (found === 'gone') throw new TrackerError('not-found', `There is no issue ${urn.trim()} in ${this.#settings.url}.`);
    return found.ref;
  }

  async fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    const { project, iid } = await this.#spot(ref, call);
    const [issue, notes] = await Promise.all([this.#api.issue(project, iid, call), this.#api.notes(project, iid, call)]);
    if (issue && notes) return this.#snapshot(issue, notes, call);
    // GitLab says 404 for what the account may not see as well. One answer without the other: it may have been deleted between them.
    if ((await this.#seesAll(project, call)) && !(issue && (await this.#api.issue(project, iid, call)))) return 'gone';
    throw new TrackerError('not-found', `GitLab does not find issue ${iid}, or does not show it to this account.`, { status: 404 });
  }

  /** From planners on everybody sees all issues and comments of a project. Throws `not-found` when the project is not to be seen. */
  async #seesAll(project: number, call: CallContext): Promise<boolean> {
    return (await this.#directory.level(project, call)) >= LEVEL.planner;
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const project = await this.#scope(draft.scope, call);
    const there = await this.#marked(project, marker, this.#now() - RECENT, call);
    if (there) return { snapshot: await this.#see(there, call), files: [] };
    const { issue, files } = await createIssue(this.#api, project, draft, marker, this.#settings.confidential === 'create', call);
    return { snapshot: await this.#snapshot(issue, [], call), files };
  }

  async #scope(scope: string | null, call: CallContext): Promise<number> {
    if (scope === null) return (await this.#directory.first(call)).id;
    const found = (await this.#directory.projects(call)).find(({ id }) => String(id) === scope);
    if (found) return found.id;
    throw refused('scope', `Project ${scope} is not among the projects of this instance. Add it in the settings, under Projects.`);
  }

  async findByMarker(marker: string, since: string, call: CallContext): Promise<Snapshot | null> {
    for (const project of await this.#projects(call)) {
      const found = await this.#marked(project, marker, Date.parse(since) - RECENT, call);
      if (found) return this.#see(found, call);
    }
    return null;
  }

  /** By GitLab's search, and among our own newest issues, which the search may not know yet. Of several (copies, moved ones) the oldest. */
  async #marked(project: number, marker: string, since: number, call: CallContext): Promise<WireIssue | null> {
    const { id: us } = await this.#directory.me(call);
    const mine = { author_id: us, order_by: 'created_at', per_page: LARGEST_PAGE };
    for (const query of [
      { search: wordOf(marker), in: 'description', sort: 'asc' },
      { created_after: new Date(since).toISOString(), sort: 'desc' },
    ]) {
      const { items } = await this.#api.issues(project, { ...mine, ...query }, call);
      const found = items.filter((issue) => markerIn(issue.description, issue.author?.id === us) === marker).sort((a, b) => a.id - b.id)[0];
      if (found) return found;
    }
    return null;
  }

  async #see({ project_id, iid }: WireIssue, call: CallContext): Promise<Snapshot> {
    const snapshot = await this.fetch(`${project_id}:${iid}`, call);
    if (snapshot === 'gone') throw new TrackerError('not-found', `Issue ${iid} was deleted just now.`);
    return snapshot;
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    return applyChange(this.#api, await this.#spot(ref, call), base, change, call);
  }

  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.changedSince(cursor, await this.#projects(call), (await this.#directory.me(call)).id, call);
  }

  async sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.sweep(cursor, await this.#projects(call), (await this.#directory.me(call)).id, call);
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settleField(field, value);
  }

  settleComment(body: RichText): RichText {
    return settleText(withWords(body));
  }

  async confirmGone(ref: EntityRef, kind: 'comment' | 'file', id: string, call: CallContext): Promise<boolean> {
    const { project, iid } = await this.#spot(ref, call);
    if (kind === 'file') {
      const now = await this.fetch(ref, call);
      return now === 'gone' || !now.files.some((file) => file.id === id);
    }
    if (await this.#api.note(project, iid, id, call)) return false;
    return this.#seesAll(project, call);
  }

  /** Where an issue of ours is: only the projects of the settings are. */
  async #spot(ref: EntityRef, call: CallContext): Promise<Spot> {
    const parts = partsOfRef(ref);
    if (!parts) throw new TrackerError('not-found', `“${ref}” is not an issue of GitLab.`);
    await this.#directory.project(parts.project, call);
    return parts;
  }

  async #projects(call: CallContext): Promise<number[]> {
    return (await this.#directory.projects(call)).map(({ id }) => id);
  }

  async #snapshot(issue: WireIssue, notes: readonly WireNote[], call: CallContext): Promise<Snapshot> {
    if (issue.confidential && this.#leavesOut)
      throw new TrackerError(
        'forbidden',
        `Issue ${issue.references?.full ?? issue.iid} is confidential, and the settings of this instance leave confidential issues out. Nothing of it is sent.`,
      );
    const { path_with_namespace: path } = await this.#directory.project(issue.project_id, call);
    const view: View = { base: this.#settings.url, project: issue.project_id, path, us: (await this.#directory.me(call)).id };
    return snapshotOf(issue, notes, view);
  }
}
