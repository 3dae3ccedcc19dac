import type { Capabilities, Tracker, TrackerDeps } from '../connector.ts';
import { checkAccount, describeSite } from './check.ts';
import { createClient } from './client.ts';
import { createIssue } from './creating.ts';
import { Directory } from './directory.ts';
import { Feed, LARGEST_PAGE } from './feed.ts';
import { createFiles } from './files.ts';
import { linkTo } from './links.ts';
import { SUMMARY_CHARS, settledField } from './map.ts';
import { Markers } from './marker.ts';
import type { Gateway } from './oauth.ts';
import { type Account, confirmedGone, fetchIssue, findIssue, markersIn } from './reading.ts';
import { isCloud, type JiraSettings } from './settings.ts';
import { MAX_TEXT_CHARS, settledComment, type TextFormat } from './text.ts';
import { hintsInto, registerAt, verify } from './webhook.ts';
import type { WriteTools } from './write-tools.ts';
import { applyChange } from './writing.ts';

export function capabilitiesOf({ auth, attachmentMaxMb }: Pick<JiraSettings, 'auth' | 'attachmentMaxMb'>): Capabilities {
  const cloud = isCloud(auth);
  return {
    compareAndSet: false,
    journal: true,
    // Fields, a comment and files are calls of their own.
    oneWrite: false,
    // A version holds a hash of what was read.
    exactVersions: true,
    entityMarker: 'atomic',
    comments: { internal: true, edit: true, delete: true, hide: true, publish: true, marker: 'atomic' },
    files: { add: 'entity', delete: true, maxBytes: attachmentMaxMb * 1_048_576 },
    settleMs: 60_000,
    // Data Center's other nodes index within seconds.
    searchLagMs: cloud ? 60_000 : 10_000,
    summary: { maxChars: SUMMARY_CHARS, support: 'full' },
    description: { maxBytes: MAX_TEXT_CHARS, support: 'full', edit: true },
    richText: cloud ? 'adf' : 'wiki',
    // Jira signs the webhooks of administrators, which an OAuth app cannot register.
    webhooks: auth.kind !== 'oauth',
    backLinks: true,
  };
}

export interface TrackerOptions {
  /** Issues on a page of the feed; default and most 100. For tests. */
  readonly feedPage?: number;
  /** Where Atlassian's OAuth is. For tests. */
  readonly gateway?: Gateway;
}

/** One Jira, Cloud or Data Center. No I/O. */
export function openJira(settings: JiraSettings, deps: TrackerDeps, { feedPage = LARGEST_PAGE, gateway }: TrackerOptions = {}): Tracker {
  const client = createClient(settings, deps, gateway);
  const now = () => deps.now();
  const directory = new Directory(client, now);
  const format: TextFormat = client.cloud ? 'adf' : 'wiki';
  const capabilities = capabilitiesOf(settings);
  const files = createFiles(client, capabilities.files.maxBytes);
  const deleted = new Set<string>();
  const account: Account = { client, directory, files, format, deleted };
  const markers = new Markers(account, now);
  const feed = new Feed(account, now, feedPage);
  const tools: WriteTools = { account, client, directory, format, markers, project: settings.project, internalRole: settings.internalRole };
  return {
    capabilities,
    check: (call) => checkAccount(settings, client, directory, call),
    describe: (scope, call) => describeSite(settings, directory, scope, call),
    find: (urn, call) => findIssue(account, urn, call),
    fetch: (ref, call) => fetchIssue(account, ref, call),
    create: (draft, marker, call) => createIssue(tools, draft, marker, call),
    findByMarker: (marker, since, call) => markers.find(marker, since, call),
    apply: (ref, base, change, call) => applyChange(tools, ref, base, change, call),
    backLink: (ref, link, call) => linkTo(client, ref, link, call),
    changedSince: (cursor, call) => feed.changedSince(cursor, call),
    sweep: (cursor, call) => feed.sweep(cursor, call),
    settle: (field, value) => settledField(format, field, value),
    settleComment: (body) => settledComment(format, body),
    confirmGone: (ref, kind, id, call) => confirmedGone(account, ref, kind, id, call),
    markersOf: (ref, call) => markersIn(account, ref, call),
    ...(capabilities.webhooks ? { webhook: { register: registerAt(client), verify, hints: hintsInto(deleted) } } : {}),
    files: { open: (_ref, id, call) => files.open(id, call) },
  };
}
