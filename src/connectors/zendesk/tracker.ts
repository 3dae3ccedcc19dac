import type { Capabilities, Tracker, TrackerDeps } from '../connector.ts';
import { openAccount } from './account.ts';
import { frameOf } from './app/frame.ts';
import { checkAccess, describeAccount } from './checks.ts';
import { createClient } from './client.ts';
import { changesSince } from './feed.ts';
import { MAX_FILE_BYTES } from './files.ts';
import { SUBJECT_CHARS, settledField } from './map.ts';
import { byMarker, fetchTicket, findTicket, markersIn } from './reading.ts';
import type { ZendeskSettings } from './settings.ts';
import { MAX_TEXT_BYTES, NO_TEXT, settled } from './text.ts';
import { hints, registerAt, verify } from './webhook.ts';
import { applyChange, createTicket } from './writing.ts';

export const CAPABILITIES: Capabilities = {
  // `safe_update`: whole seconds. What comes within the second of the base is told by the audit (`journal`).
  compareAndSet: true,
  journal: true,
  oneWrite: true,
  exactVersions: false,
  entityMarker: 'atomic',
  // A fetch does not show a comment's marker: it is in the audit, and `markersOf` reads it.
  comments: { internal: true, edit: false, delete: false, hide: true, publish: false, marker: 'atomic' },
  files: { add: 'comment', delete: false, maxBytes: MAX_FILE_BYTES },
  settleMs: 60_000,
  searchLagMs: 60_000,
  summary: { maxChars: SUBJECT_CHARS, support: 'full' },
  description: { maxBytes: MAX_TEXT_BYTES, support: 'degraded', edit: false },
  richText: 'html',
  webhooks: true,
  backLinks: false,
};

export interface TrackerOptions {
  /** Tickets on a page of the feed; default and most 1000. For tests. */
  feedPage?: number;
}

/** One Zendesk account. No I/O. */
export function openZendesk(settings: ZendeskSettings, deps: TrackerDeps, { feedPage = 1000 }: TrackerOptions = {}): Tracker {
  const client = createClient(settings, deps);
  const account = openAccount(client);
  return {
    capabilities: CAPABILITIES,
    check: (call) => checkAccess(client, settings.auth, deps.now(), call),
    describe: (_scope, call) => describeAccount(client, call),
    find: (urn, call) => findTicket(account, urn, call),
    fetch: (ref, call) => fetchTicket(account, ref, call),
    create: (draft, marker, call) => createTicket(account, draft, marker, call),
    findByMarker: (marker, _since, call) => byMarker(account, marker, call),
    apply: (ref, base, change, call) => applyChange(account, ref, base, change, call),
    changedSince: async (cursor, call) => changesSince(client, cursor, { now: deps.now(), me: (await account.me(call)).id, pageSize: feedPage }, call),
    settle: settledField,
    settleComment: (body) => settled(body, NO_TEXT),
    markersOf: (ref, call) => markersIn(client, ref, call),
    webhook: { register: registerAt(client), verify, hints },
    frame: frameOf(client),
    files: { open: (_ref, id, call) => account.files.open(id, call) },
  };
}
