import type { Capabilities, Description } from '../connector.ts';

/** How the vendor stores text: the document itself, its words only, or its words with CRLF line ends and trimmed (as Rails applications do). */
export type MemoryText = 'rich' | 'plain' | 'crlf';

/** A kind of tracker that the memory server can be. Change one with a spread: `{...PROFILES.jira, text: 'plain'}`. */
export interface MemoryProfile {
  readonly capabilities: Capabilities;
  readonly text: MemoryText;
  /** Besides `summary` and `description`. */
  readonly fields: Description['fields'];
  readonly types: readonly string[];
  readonly scopes: readonly { readonly id: string; readonly name: string }[];
  /** Without `exactVersions`: the length of the period in which two contents have the same version, milliseconds. */
  readonly versionMs: number;
  /** A fetch shows no comment's marker; it has to be asked for (`markersOf`). */
  readonly markersAsked?: true;
}

const MB = 1024 * 1024;
const FIVE = ['new', 'open', 'pending', 'hold', 'solved'];
const THREE = ['todo', 'doing', 'done'];
const status = (choices: readonly string[]): Description['fields'][number] => ({ name: 'status', kind: 'choice', support: 'full', choices });

const base: Capabilities = {
  compareAndSet: false,
  journal: true,
  oneWrite: true,
  exactVersions: true,
  entityMarker: 'atomic',
  comments: { internal: true, edit: true, delete: true, hide: true, publish: true, marker: 'atomic' },
  files: { add: 'entity', delete: true, maxBytes: 20 * MB },
  settleMs: 20,
  searchLagMs: 20,
  summary: { maxChars: 255, support: 'full' },
  description: { maxBytes: MB, support: 'full', edit: true },
  richText: 'memory',
  webhooks: true,
  backLinks: false,
};
const zendesk: Capabilities = {
  ...base,
  compareAndSet: true,
  comments: { internal: true, edit: false, delete: false, hide: true, publish: false, marker: 'none' },
  files: { add: 'comment', delete: false, maxBytes: 20 * MB },
  description: { maxBytes: 65_536, support: 'full', edit: false },
};
const plain: MemoryProfile = {
  capabilities: { ...base, richText: 'plain', description: { ...base.description, support: 'degraded' } },
  text: 'plain',
  fields: [status(THREE)],
  types: ['task', 'bug'],
  scopes: [],
  versionMs: 1000,
};
const rich: MemoryProfile = { ...plain, capabilities: base, text: 'rich', fields: [status(FIVE)] };

/** What the platforms can, in the ways that matter to the engine. */
export const PROFILES = {
  /** Everything. */
  full: {
    ...rich,
    capabilities: { ...base, compareAndSet: true, searchLagMs: 0 },
    fields: [
      status(FIVE),
      { name: 'severity', kind: 'choice', support: 'full', choices: ['low', 'high'] },
      { name: 'labels', kind: 'tags', support: 'full' },
      { name: 'estimate', kind: 'number', support: 'full' },
      { name: 'due', kind: 'date', support: 'full' },
      { name: 'environment', kind: 'text', support: 'full' },
    ],
    scopes: [
      { id: 'web', name: 'Web' },
      { id: 'app', name: 'App' },
    ],
  },
  /** Comments can't be edited or deleted, files travel with comments, the description is fixed; but a stale write is refused. */
  zendesk: {
    ...rich,
    capabilities: zendesk,
    types: ['question', 'incident', 'problem', 'task'],
  },
  /** The same with a lock by whole seconds: what slips through it is in the audit, and so are the markers of comments. */
  stamped: {
    ...rich,
    capabilities: { ...zendesk, exactVersions: false, comments: { ...zendesk.comments, marker: 'atomic' } },
    types: ['question', 'incident', 'problem', 'task'],
    markersAsked: true,
  },
  jira: {
    ...rich,
    capabilities: { ...base, backLinks: true },
    types: ['Bug', 'Task'],
    scopes: [
      { id: 'SUP', name: 'Support' },
      { id: 'DEV', name: 'Development' },
    ],
  },
  /** Words only, CRLF; versions are whole seconds; a comment is marked by a second call. */
  redmine: {
    ...plain,
    capabilities: {
      ...plain.capabilities,
      exactVersions: false,
      searchLagMs: 0,
      comments: { ...base.comments, marker: 'after' },
      files: { add: 'entity', delete: true, maxBytes: 5 * MB },
      webhooks: false,
    },
    text: 'crlf',
    types: ['Bug', 'Feature', 'Support'],
    scopes: [{ id: 'web', name: 'Web' }],
  },
  /** No internal comments, no files; versions are whole seconds. */
  github: {
    ...plain,
    capabilities: {
      ...plain.capabilities,
      exactVersions: false,
      comments: { internal: false, edit: true, delete: true, hide: false, publish: false, marker: 'atomic' },
      files: { add: 'none', delete: false, maxBytes: 0 },
    },
    types: [],
  },
  /** One call for each field, nothing marked at once. */
  poor: {
    ...plain,
    capabilities: { ...plain.capabilities, oneWrite: false, entityMarker: 'after', comments: { ...base.comments, marker: 'none' } },
  },
} satisfies Record<string, MemoryProfile>;
export type ProfileName = keyof typeof PROFILES;
