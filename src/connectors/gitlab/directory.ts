import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { Remembered } from '../../lib/remembered.ts';
import type { GitlabApi } from './api.ts';
import { type GitlabSettings, projectsIn } from './settings.ts';
import type { WireProject, WireUser } from './wire.ts';

/** How long what changes rarely is believed, in milliseconds. */
const FRESH = 300_000;

export const LEVEL = { planner: 15, maintainer: 40 } as const;

/** Our account and the projects of the settings, remembered for a while. */
export class Directory {
  readonly #api: GitlabApi;
  readonly #settings: GitlabSettings;
  readonly #kept: Remembered;

  constructor(api: GitlabApi, settings: GitlabSettings, now: () => number) {
    this.#api = api;
    this.#settings = settings;
    this.#kept = new Remembered(FRESH, now);
  }

  me(call: CallContext): Promise<WireUser> {
    return this.#kept.get('me', () => this.#api.me(call));
  }

  /** Asks again: is the token still good? Throws `auth`. */
  prove(call: CallContext): Promise<WireUser> {
    this.#kept.forget('me');
    return this.me(call);
  }

  #named(named: string, call: CallContext): Promise<WireProject> {
    return this.#kept.get(`project ${named}`, () => this.#api.project(named, call));
  }

  /** Those of the settings that are there, in their order: one that is deleted or closed to us stops no other. Throws when none is left. */
  async projects(call: CallContext): Promise<readonly WireProject[]> {
    const found: WireProject[] = [];
    let missing: TrackerError | null = null;
    for (const named of projectsIn(this.#settings.projects)) {
      try {
        found.push(await this.#named(named, call));
      } catch (error) {
        if (!(error instanceof TrackerError) || (error.kind !== 'not-found' && error.kind !== 'forbidden')) throw error;
        missing ??= error;
      }
    }
    if (found.length === 0 && missing) throw missing;
    return found;
  }

  /** Where new issues go when nobody says where: the first of the settings, and no other in its stead. */
  async first(call: CallContext): Promise<WireProject> {
    return this.#named(projectsIn(this.#settings.projects)[0] ?? '', call);
  }

  /** The project of the settings with this number. Throws `not-found`. */
  async project(id: number, call: CallContext): Promise<WireProject> {
    const project = (await this.projects(call)).find((one) => one.id === id);
    if (project) return project;
    throw new TrackerError('not-found', `Project ${id} is not among the projects of this instance. Add it in the settings, under Projects.`);
  }

  /** What the account may do in a project, asked anew; 0: it is no member, or there are no issues. */
  async level(project: number, call: CallContext): Promise<number> {
    const { permissions, issues_enabled: enabled } = await this.#api.project(String(project), call);
    if (enabled === false) return 0;
    if ((await this.me(call)).is_admin) return 50;
    return Math.max(permissions?.project_access?.access_level ?? 0, permissions?.group_access?.access_level ?? 0);
  }
}
