import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { GithubApi } from './api.ts';
import type { Account } from './map.ts';
import { type GithubSettings, repositoriesIn } from './settings.ts';
import type { WireRepo, WireUser } from './wire.ts';

/** How long what seldom changes is believed, in milliseconds. */
const FRESH = 600_000;
/** Not looked again sooner for a repository that is not among them. */
const AGAIN = 60_000;

/** Who we are, which repositories are in scope, and which types issues have: asked for once in a while. */
export class Directory {
  readonly #api: GithubApi;
  readonly #settings: GithubSettings;
  readonly #now: () => number;
  #me: Promise<WireUser> | null = null;
  #repos: { readonly at: number; readonly list: Promise<readonly WireRepo[]> } | null = null;
  #types: { readonly at: number; readonly names: Promise<readonly string[]> } | null = null;

  constructor(api: GithubApi, settings: GithubSettings, now: () => number) {
    this.#api = api;
    this.#settings = settings;
    this.#now = now;
  }

  /** The user of the token, or the bot that the App writes as. */
  me(call: CallContext): Promise<WireUser> {
    this.#me ??= this.#askWho(call).catch((error: unknown) => {
      this.#me = null;
      throw error;
    });
    return this.#me;
  }

  async us(call: CallContext): Promise<Account> {
    const { id, login } = await this.me(call);
    return { id, login };
  }

  async #askWho(call: CallContext): Promise<WireUser> {
    let path = '/user';
    if (this.#settings.auth.kind === 'app') {
      const { response } = await this.#api.request({ method: 'GET', path: '/app', what: 'Reading the App', asApp: true }, call);
      const { slug } = response.json<{ slug?: string }>();
      if (!slug) throw this.#api.notGithub(response.status);
      path = `/users/${encodeURIComponent(`${slug}[bot]`)}`;
    }
    const { response } = await this.#api.request({ method: 'GET', path, what: 'Reading the account', expect: [404] }, call);
    if (response.status === 404) throw this.#api.notGithub(404);
    const user = response.json<Partial<WireUser> | null>();
    if (typeof user?.id !== 'number' || typeof user.login !== 'string') throw this.#api.notGithub(response.status);
    return user as WireUser;
  }

  /** In scope: those of the settings, else all that the account is given at the owner; without those that take no issues. */
  repos(call: CallContext): Promise<readonly WireRepo[]> {
    if (this.#repos && this.#now() - this.#repos.at < FRESH) return this.#repos.list;
    const list = this.#askRepos(call).catch((error: unknown) => {
      this.#repos = null;
      throw error;
    });
    this.#repos = { at: this.#now(), list };
    return list;
  }

  async #askRepos(call: CallContext): Promise<readonly WireRepo[]> {
    const { owner } = this.#api.site;
    const repositories = repositoriesIn(this.#settings.repositories);
    if (repositories.length > 0) {
      const found = await Promise.all(
        repositories.map((name) =>
          this.#api.get<WireRepo>(`/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`, `Reading ${owner}/${name}`, call),
        ),
      );
      for (const repo of found) if (typeof repo?.id !== 'number') throw this.#api.notGithub(200);
      return found;
    }
    const what = `Listing the repositories of ${owner}`;
    const all = this.#settings.auth.kind === 'app' ? await this.#installed(what, call) : await this.#api.all<WireRepo>('/user/repos', {}, what, call);
    return all.filter((repo) => repo.owner.login.toLowerCase() === owner.toLowerCase() && repo.has_issues !== false && repo.archived !== true);
  }

  async #installed(what: string, call: CallContext): Promise<WireRepo[]> {
    const found: WireRepo[] = [];
    for (let page = 1; ; page += 1) {
      const { repositories, total_count } = await this.#api.get<{ repositories: WireRepo[]; total_count: number }>(
        `/installation/repositories?per_page=100&page=${page}`,
        what,
        call,
      );
      found.push(...repositories);
      if (repositories.length === 0 || found.length >= total_count) return found;
    }
  }

  /** By id or name, `acme/web` or `web`. Throws `not-found` for what is not in scope. */
  async repo(idOrName: string | number, call: CallContext): Promise<WireRepo> {
    const wanted = String(idOrName).toLowerCase();
    const { owner } = this.#api.site;
    const among = (list: readonly WireRepo[]) =>
      list.find(
        ({ id, full_name }) => String(id) === wanted || full_name.toLowerCase() === wanted || full_name.toLowerCase() === `${owner}/${wanted}`.toLowerCase(),
      );
    const known = among(await this.repos(call));
    if (known) return known;
    if (this.#repos && this.#now() - this.#repos.at >= AGAIN) {
      this.#repos = null;
      const found = among(await this.repos(call));
      if (found) return found;
    }
    throw new TrackerError(
      'not-found',
      `The repository ${idOrName} is not one of those that Entente works with at ${owner}. Check the settings of this instance, and what the account is given there.`,
    );
  }

  /** Names of the issue types of the organisation; none where there are none. */
  types(call: CallContext): Promise<readonly string[]> {
    if (this.#types && this.#now() - this.#types.at < FRESH) return this.#types.names;
    const names = this.#askTypes(call).catch((error: unknown) => {
      this.#types = null;
      throw error;
    });
    this.#types = { at: this.#now(), names };
    return names;
  }

  async #askTypes(call: CallContext): Promise<readonly string[]> {
    const path = `/orgs/${encodeURIComponent(this.#api.site.owner)}/issue-types`;
    // Users have none, nor have older servers; and who may not read them does not use them.
    const { response } = await this.#api.request({ method: 'GET', path, what: 'Reading the issue types', expect: [403, 404] }, call);
    if (response.status !== 200) return [];
    const types = response.json<readonly { name: string; is_enabled?: boolean }[]>();
    return Array.isArray(types) ? types.filter(({ is_enabled }) => is_enabled !== false).map(({ name }) => name) : [];
  }
}
