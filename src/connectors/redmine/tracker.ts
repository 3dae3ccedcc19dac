import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, TrackerDeps } from '../connector.ts';
import { SecondFeed } from '../feeds/by-second.ts';
import { RedmineApi, type WireIssue, type WireProject } from './api.ts';
import { checkAccount } from './check.ts';
import { Directory } from './directory.ts';
import { LARGEST_PAGE, listingOf, type Tell } from './listing.ts';
import { fieldMarker, hasWords, markerOf, SUBJECT_CHARS, settleField, snapshotOf, type View } from './map.ts';
import type { RedmineSettings } from './settings.ts';
import { markerWords, settleNotes, splitMarker } from './text.ts';
import { applyChange, createIssue } from './write.ts';

export function capabilitiesOf(settings: Pick<RedmineSettings, 'textFormat' | 'attachmentMaxKb'>): Capabilities {
  return {
    compareAndSet: false,
    journal: true,
    oneWrite: true,
    exactVersions: false,
    entityMarker: 'atomic',
    comments: { internal: true, edit: true, delete: true, hide: true, publish: true, marker: 'none' },
    files: { add: 'entity', delete: true, maxBytes: settings.attachmentMaxKb * 1024 },
    settleMs: 60_000,
    searchLagMs: 0,
    summary: { maxChars: SUBJECT_CHARS, support: 'full' },
    // Redmine itself takes 16 MB, and keeps each earlier text in the issue's history, which every fetch reads.
    description: { maxBytes: 1_000_000, support: 'full', edit: true },
    richText: settings.textFormat === 'textile' ? 'textile' : 'markdown',
    webhooks: false,
    backLinks: false,
  };
}

/** One account of a Redmine. `pageSize`: items on a page of the feed, for tests. */
export class RedmineTracker implements Tracker {
  readonly capabilities: Capabilities;
  readonly files: NonNullable<Tracker['files']>;
  readonly #settings: RedmineSettings;
  readonly #now: () => number;
  readonly #api: RedmineApi;
  readonly #directory: Directory;
  readonly #feed: SecondFeed;

  constructor(settings: RedmineSettings, deps: TrackerDeps, pageSize = LARGEST_PAGE) {
    this.#settings = { ...settings, url: settings.url.replace(/\/+$/, '') };
    this.#now = () => deps.now();
    this.#api = new RedmineApi(deps.http, this.#settings.url, settings.apiKey);
    this.#directory = new Directory(this.#api, this.#now, settings.markerField);
    this.#feed = new SecondFeed(
      listingOf(this.#api, (call) => this.#tell(call)),
      this.#now,
      pageSize,
    );
    this.capabilities = capabilitiesOf(settings);
    this.files = { open: (_ref, id, call) => this.#open(id, call) };
  }

  check(call: CallContext): Promise<CheckResult> {
    return checkAccount(this.#settings, this.#directory, call);
  }

  async describe(scope: string | null, call: CallContext): Promise<Description> {
    const [projects, statuses, priorities, trackers] = await Promise.all([
      this.#directory.projects(call),
      this.#directory.statuses(call),
      this.#directory.priorities(call),
      scope === null ? this.#directory.trackers(call) : this.#directory.project(scope, call).then((project) => project.trackers ?? []),
    ]);
    return {
      types: trackers.map(({ name }) => ({ name, creatable: true })),
      scopes: projects.map(({ identifier, name }) => ({ id: identifier, name })),
      fields: [
        { name: 'summary', kind: 'text', support: 'full' },
        { name: 'description', kind: 'rich', support: 'full' },
        // Redmine's workflow decides which steps the account may take.
        { name: 'status', kind: 'choice', support: 'full', choices: statuses.map(({ name }) => name) },
        { name: 'priority', kind: 'choice', support: 'full', choices: priorities.map(({ name }) => name) },
        { name: 'start_date', kind: 'date', support: 'full' },
        { name: 'due_date', kind: 'date', support: 'full' },
      ],
    };
  }

  async find(urn: string, call: CallContext): Promise<EntityRef> {
    const { host, pathname } = new URL(this.#settings.url);
    const typed = urn.trim();
    const address = /^https?:\/\/([^/]+)(\/.*)$/i.exec(typed);
    const prefix = pathname.replace(/\/$/, '');
    const ref = address
      ? address[1]?.toLowerCase() === host && address[2]?.startsWith(`${prefix}/issues/`)
        ? /^\/issues\/(\d+)(?:[.?#/]|$)/.exec(address[2].slice(prefix.length))?.[1]
        : undefined
      : /^(?:[\p{L}\p{N} _-]*#)?(\d+)$/u.exec(typed)?.[1];
    if (!ref) throw new TrackerError('not-found', `“${urn}” is not the number of an issue in ${this.#settings.url}.`);
    const found = await this.fetch(ref, call);
    if (found === 'gone') throw new TrackerError('not-found', `There is no issue ${ref} in ${this.#settings.url}.`);
    return found.ref;
  }

  async fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    const issue = await this.#api.issue(ref, call);
    if (issue) return this.#snapshot(issue, call);
    // Redmine says 403 to an account that may not see an issue: 404 means that it does not exist, if we are who we think that we are.
    await this.#directory.prove(call).catch((error: unknown) => {
      if (!(error instanceof TrackerError && error.status === 404)) throw error;
      throw new TrackerError('not-found', `${this.#settings.url} does not find issue ${ref}, nor our own account: something else answers there.`, {
        status: 404,
      });
    });
    return 'gone';
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const scope = draft.scope ?? this.#settings.project;
    if (!scope)
      throw new TrackerError('rejected', 'Choose the project in which issues are created (in the connection, or in the settings of this instance).', {
        field: 'scope',
      });
    const project = await this.#directory.project(scope, call);
    const field = this.#directory.markerField(project, draft.type);
    const there = field === null ? await this.#described(marker, call) : await this.#fielded(field, marker, project, draft.type, call);
    if (there) return { snapshot: await this.#see(there, call), files: [] };
    const { issue, files } = await createIssue(this.#tools(await this.#view(call)), draft, marker, project, call);
    return { snapshot: await this.#snapshot(issue, call), files };
  }

  async findByMarker(marker: string, _since: string, call: CallContext): Promise<Snapshot | null> {
    let found: WireIssue | null = null;
    for (const field of await this.#directory.markerFields(call)) found ??= await this.#fielded(field, marker, null, null, call);
    found ??= await this.#described(marker, call);
    return found && this.#see(found, call);
  }

  /** By the custom field. Redmine ignores a filter that it does not know, so that the answer may be anything. */
  async #fielded(field: number, marker: string, project: WireProject | null, type: string | null, call: CallContext): Promise<WireIssue | null> {
    const { issues } = await this.#api.issues({ status_id: '*', [`cf_${field}`]: marker, sort: 'id', limit: 2 }, call);
    const found = issues.find((issue) => fieldMarker(issue, this.#settings.markerField) === marker);
    if (found || issues.length === 0 || !project) return found ?? null;
    this.#directory.noMarkerField(project, type);
    return this.#described(marker, call);
  }

  /** By the last line of the description. The database is asked itself: nothing lags. */
  async #described(marker: string, call: CallContext): Promise<WireIssue | null> {
    const query = { 'f[]': ['status_id', 'description'], 'op[status_id]': '*', 'op[description]': '~', 'v[description][]': markerWords(marker) };
    const { issues } = await this.#api.issues({ ...query, sort: 'id', limit: LARGEST_PAGE }, call);
    return issues.find((issue) => splitMarker(issue.description).marker === marker) ?? null;
  }

  /** An issue of a list has no journals. */
  async #see(found: WireIssue, call: CallContext): Promise<Snapshot> {
    const snapshot = await this.fetch(String(found.id), call);
    if (snapshot === 'gone') throw new TrackerError('not-found', `Issue ${found.id} was deleted just now.`);
    return snapshot;
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    return applyChange(this.#tools(await this.#view(call)), ref, base, change, call);
  }

  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.changedSince(cursor, call);
  }

  async sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.sweep(cursor, LARGEST_PAGE, call);
  }

  /** Proves the key first: with a wrong one the list would silently be the public's. */
  async #tell(call: CallContext): Promise<Tell> {
    const us = (await this.#directory.prove(call)).id;
    return (issue) => ({ byUs: issue.author?.id === us, marker: markerOf(issue, this.#settings.markerField) });
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settleField(this.#site, field, value);
  }

  settleComment(body: RichText): RichText {
    return settleNotes(this.#site, body);
  }

  /** A note that we do not see is gone only where we would see everybody's private notes. */
  async confirmGone(ref: EntityRef, kind: 'comment' | 'file', id: string, call: CallContext): Promise<boolean> {
    const me = await this.#directory.prove(call);
    const issue = await this.#api.issue(ref, call);
    if (!issue) return true;
    if (kind === 'file') return !issue.attachments?.some((file) => String(file.id) === id);
    if (issue.journals?.some((journal) => String(journal.id) === id)) return !issue.journals.some((journal) => String(journal.id) === id && hasWords(journal));
    return me.admin === true || this.#directory.may('view_private_notes', issue.project.id, call);
  }

  async #open(id: string, call: CallContext): ReturnType<NonNullable<Tracker['files']>['open']> {
    const { stream, headers } = await this.#api.download(id, call);
    if (!stream) throw new TrackerError('protocol', `File ${id} came without content.`);
    const length = headers['content-length'];
    return { stream, type: headers['content-type'] ?? 'application/octet-stream', size: length === undefined ? null : Number(length) };
  }

  get #site() {
    return { base: this.#settings.url, format: this.#settings.textFormat };
  }

  async #view(call: CallContext): Promise<View> {
    return { ...this.#site, us: (await this.#directory.me(call)).id, markerField: this.#settings.markerField };
  }

  #tools(view: View) {
    return { api: this.#api, directory: this.#directory, view, maxKb: this.#settings.attachmentMaxKb };
  }

  async #snapshot(issue: WireIssue, call: CallContext): Promise<Snapshot> {
    return snapshotOf(issue, await this.#view(call), await this.#directory.identifier(issue.project, call));
  }
}
