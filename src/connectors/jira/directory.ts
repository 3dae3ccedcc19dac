import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { Remembered } from '../../lib/remembered.ts';
import type { WireFieldMeta, WireIssueType, WireNamed, WirePermission, WireProject, WireUser } from './api.ts';
import type { Client } from './client.ts';
import { idOf } from './map.ts';

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  /** IANA name: JQL understands times in it. */
  readonly timeZone: string;
}

/** What changes seldom: kept for so long, in milliseconds. */
const KEPT = 600_000;

/** Accounts, projects and their configuration. Everything is asked once, and anew after ten minutes. */
export class Directory {
  readonly #client: Client;
  readonly #kept: Remembered;

  constructor(client: Client, now: () => number) {
    this.#client = client;
    this.#kept = new Remembered(KEPT, now);
  }

  /** Who we are. Throws `auth` when Jira takes us for nobody, `protocol` when this is no Jira. */
  me(call: CallContext): Promise<Me> {
    return this.#kept.get('me', () => this.#ask(call));
  }

  /** The same, asked now: proves the credentials, and knows a changed time zone. */
  prove(call: CallContext): Promise<Me> {
    this.#kept.forget('me');
    return this.me(call);
  }

  async #ask(call: CallContext): Promise<Me> {
    const { host } = this.#client;
    const notJira = (cause?: unknown) =>
      new TrackerError('protocol', `What answers at ${host} is not Jira. Check the address.`, {
        cause,
        ...(cause instanceof TrackerError && cause.status !== undefined ? { status: cause.status } : {}),
      });
    let user: WireUser | undefined;
    try {
      user = await this.#client.get<WireUser>('/myself', 'Asking who we are', call);
    } catch (error) {
      if (error instanceof TrackerError && (error.kind === 'not-found' || (error.kind === 'protocol' && (error.status ?? 0) < 300))) throw notJira(error);
      throw error;
    }
    const id = typeof user === 'object' && user !== null ? idOf(user) : null;
    if (id === null) throw notJira();
    return { id, name: user.displayName ?? id, email: user.emailAddress || null, timeZone: user.timeZone ?? 'UTC' };
  }

  /** All projects that the account sees. */
  projects(call: CallContext): Promise<WireProject[]> {
    return this.#kept.get('projects', async () => {
      if (!this.#client.cloud) return this.#client.get<WireProject[]>('/project', 'Listing projects', call);
      const found: WireProject[] = [];
      for (;;) {
        const page = await this.#client.get<{ values: WireProject[]; isLast?: boolean }>(
          `/project/search?startAt=${found.length}&maxResults=100`,
          'Listing projects',
          call,
        );
        found.push(...page.values);
        if (page.isLast !== false || !page.values.length) return found;
      }
    });
  }

  /** By key or id. Throws `rejected` for one that the account does not see. */
  project(key: string, call: CallContext): Promise<WireProject> {
    return this.#kept.get(`project ${key}`, async () => {
      try {
        return await this.#client.get<WireProject>(`/project/${encodeURIComponent(key)}`, `Looking up project ${key}`, call);
      } catch (error) {
        if (error instanceof TrackerError && error.kind === 'not-found') throw noProject(key, error);
        throw error;
      }
    });
  }

  /** Types that can be created in a project; sub-tasks need a parent, so they are none. */
  types(project: string, call: CallContext): Promise<WireIssueType[]> {
    return this.#kept.get(`types ${project}`, async () => {
      const path = `/issue/createmeta/${encodeURIComponent(project)}/issuetypes`;
      const all = await this.#meta<WireIssueType>(path, ['issueTypes', 'values'], `Listing the types of ${project}`, call).catch((error: unknown) => {
        throw error instanceof TrackerError && error.kind === 'not-found' ? noProject(project, error) : error;
      });
      return all.filter((type) => !type.subtask);
    });
  }

  /** The fields of the screen on which a type is created. */
  fields(project: string, type: string, call: CallContext): Promise<WireFieldMeta[]> {
    return this.#kept.get(`fields ${project} ${type}`, () => {
      const path = `/issue/createmeta/${encodeURIComponent(project)}/issuetypes/${encodeURIComponent(type)}`;
      return this.#meta<WireFieldMeta>(path, ['fields', 'values'], `Listing the fields of ${project}`, call);
    });
  }

  /** Cloud and Data Center call the list of a page differently. */
  async #meta<T>(path: string, names: readonly string[], what: string, call: CallContext): Promise<T[]> {
    const found: T[] = [];
    for (;;) {
      const page = await this.#client.get<Record<string, unknown>>(`${path}?startAt=${found.length}&maxResults=100`, what, call);
      const list = names.map((name) => page[name]).find((one) => Array.isArray(one)) as T[] | undefined;
      found.push(...(list ?? []));
      if (!list?.length || found.length >= Number(page.total ?? 0)) return found;
    }
  }

  /** Every type of the site. */
  allTypes(call: CallContext): Promise<WireIssueType[]> {
    return this.#kept.get('types', () => this.#client.get<WireIssueType[]>('/issuetype', 'Listing types', call));
  }

  /** Names of statuses, of a project or of the site. */
  statuses(project: string | null, call: CallContext): Promise<string[]> {
    return this.#kept.get(`statuses ${project}`, async () => {
      const list =
        project === null
          ? await this.#client.get<WireNamed[]>('/status', 'Listing statuses', call)
          : (
              await this.#client.get<{ statuses: WireNamed[] }[]>(
                `/project/${encodeURIComponent(project)}/statuses`,
                `Listing the statuses of ${project}`,
                call,
              )
            ).flatMap(({ statuses }) => statuses);
      return [...new Set(list.map(({ name }) => name))];
    });
  }

  priorities(call: CallContext): Promise<WireNamed[]> {
    return this.#kept.get('priorities', () => this.#client.get<WireNamed[]>('/priority', 'Listing priorities', call));
  }

  /** Ids of the project roles of a project, by name. */
  roles(project: string, call: CallContext): Promise<string[]> {
    return this.#kept.get(`roles ${project}`, async () =>
      Object.keys(await this.#client.get<Record<string, string>>(`/project/${encodeURIComponent(project)}/role`, `Listing the roles of ${project}`, call)),
    );
  }

  /** Which of these permissions the account has, in a project or anywhere. */
  async permissions(keys: readonly string[], project: string | null, call: CallContext): Promise<Record<string, WirePermission>> {
    const where = project === null ? '' : `&projectKey=${encodeURIComponent(project)}`;
    const path = `/mypermissions?permissions=${keys.join('%2C')}${where}`;
    return (await this.#client.get<{ permissions: Record<string, WirePermission> }>(path, 'Asking for our permissions', call)).permissions;
  }
}

const noProject = (key: string, cause: unknown): TrackerError =>
  new TrackerError('rejected', `Jira has no project “${key}”, or does not show it to the account that Entente uses.`, { field: 'scope', cause });
