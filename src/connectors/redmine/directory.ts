import type { CallContext } from '../../lib/http.ts';
import { Remembered } from '../../lib/remembered.ts';
import type { Named, RedmineApi, WireProject, WireUser } from './api.ts';

/** How long what administrators change rarely is believed, in milliseconds. */
const FRESH = 300_000;

/** What an account needs, as Redmine calls it, and what does not work without it. */
export const PERMISSIONS: readonly { readonly permission: string; readonly name: string; readonly consequence: string }[] = [
  { permission: 'view_issues', name: 'View Issues', consequence: 'Issues cannot be read.' },
  { permission: 'add_issues', name: 'Add issues', consequence: 'Entities of the other side cannot be created here.' },
  { permission: 'edit_issues', name: 'Edit issues', consequence: 'Changes of summary, description and other fields, and files, cannot be written here.' },
  { permission: 'add_issue_notes', name: 'Add notes', consequence: 'Comments cannot be written here.' },
  { permission: 'edit_own_issue_notes', name: 'Edit own notes', consequence: 'Edited and deleted comments do not follow.' },
  { permission: 'view_private_notes', name: 'View private notes', consequence: 'Private notes of other people are not synchronised.' },
  { permission: 'set_notes_private', name: 'Set notes as private', consequence: 'Internal comments cannot be written here.' },
];

/** Implied by a stronger permission. */
const STRONGER: Readonly<Record<string, string>> = { edit_own_issue_notes: 'edit_issue_notes' };

/** Projects, names and permissions, remembered for a while. */
export class Directory {
  readonly #api: RedmineApi;
  readonly #markerField: string;
  readonly #kept: Remembered;
  /** Project ids never change their identifier. */
  readonly #identifiers = new Map<number, string>();
  /** Projects and trackers (`project/tracker`) whose issues turned out not to hold the marker's field. */
  readonly #unmarked = new Set<string>();

  constructor(api: RedmineApi, now: () => number, markerField: string) {
    this.#api = api;
    this.#kept = new Remembered(FRESH, now);
    this.#markerField = markerField;
  }

  me(call: CallContext): Promise<WireUser> {
    return this.#kept.get('me', () => this.#api.me(call));
  }

  /** Asks again: is the key still good? Throws `auth`. */
  async prove(call: CallContext): Promise<WireUser> {
    this.#kept.forget('me');
    return this.me(call);
  }

  async project(idOrIdentifier: string, call: CallContext): Promise<WireProject> {
    const project = await this.#kept.get(`project ${idOrIdentifier}`, () => this.#api.project(idOrIdentifier, call));
    this.#identifiers.set(project.id, project.identifier);
    return project;
  }

  /** Active projects that have issues. */
  async projects(call: CallContext): Promise<WireProject[]> {
    const all = await this.#kept.get('projects', () => this.#api.projects(call));
    for (const { id, identifier } of all) this.#identifiers.set(id, identifier);
    return all.filter((project) => project.status === 1 && project.trackers?.length !== 0);
  }

  async identifier(project: Named, call: CallContext): Promise<string> {
    return this.#identifiers.get(project.id) ?? (await this.project(String(project.id), call)).identifier;
  }

  trackers(call: CallContext): Promise<Named[]> {
    return this.#kept.get('trackers', () => this.#api.trackers(call));
  }

  statuses(call: CallContext): Promise<Named[]> {
    return this.#kept.get('statuses', () => this.#api.statuses(call));
  }

  priorities(call: CallContext): Promise<Named[]> {
    return this.#kept.get('priorities', () => this.#api.priorities(call));
  }

  /** Id of the custom field that holds our marker in this project; null: it has none. */
  markerField(project: WireProject, tracker: string | null): number | null {
    if (this.#unmarked.has(`${project.id}/${tracker ?? ''}`)) return null;
    return project.issue_custom_fields?.find((field) => field.name === this.#markerField)?.id ?? null;
  }

  noMarkerField(project: WireProject, tracker: string | null): void {
    this.#unmarked.add(`${project.id}/${tracker ?? ''}`);
  }

  /** Ids of the fields of that name anywhere. */
  async markerFields(call: CallContext): Promise<number[]> {
    const fields = (await this.projects(call)).flatMap((project) => project.issue_custom_fields ?? []);
    return [...new Set(fields.filter((field) => field.name === this.#markerField).map((field) => field.id))];
  }

  /** Null: the account is no member, so that what it may do there cannot be found out. */
  async permissions(project: number, call: CallContext): Promise<ReadonlySet<string> | 'all' | null> {
    const me = await this.me(call);
    if (me.admin) return 'all';
    const membership = me.memberships?.find((m) => m.project.id === project);
    if (!membership) return null;
    const lists = await Promise.all(membership.roles.map((role) => this.#kept.get(`role ${role.id}`, () => this.#api.permissions(role.id, call))));
    return new Set(lists.flat());
  }

  /** True only when it is certain. */
  async may(permission: string, project: number, call: CallContext): Promise<boolean> {
    const has = await this.permissions(project, call);
    return has === 'all' || (has !== null && (has.has(permission) || has.has(STRONGER[permission] ?? permission)));
  }
}
