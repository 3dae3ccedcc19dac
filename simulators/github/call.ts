import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { type Access, levelOn } from './access.ts';
import { ApiError, notFound } from './errors.ts';
import { fullName, type Hub, numbered, repoOf } from './hub.ts';
import { type Issue, LEVELS, type Level, type Repo, type User } from './model.ts';

/** A request that has been let in. */
export interface Call {
  hub: Hub;
  access: Access;
  /** Who acts; for an App itself its bot. */
  user: User;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The JSON body; `{}` where there is none. */
  body: Record<string, unknown>;
  /** Whether rendered forms are asked for besides the text. */
  media: Media;
}

export interface Media {
  html: boolean;
  text: boolean;
  /** The text as it was written. */
  raw: boolean;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's address, as the vendor's description writes it but for `:name`. */
  path: string;
  /** Page of the vendor's documentation, `issues/issues#create-an-issue`. */
  docs: string;
  /** Who may ask: `anyone` also without a sign-in, `app` with a JWT only, `installation` with its token only. Default `signed-in`. */
  who?: 'anyone' | 'signed-in' | 'user' | 'app' | 'installation';
  /** The fine-grained permission that it takes, `issues=write`. */
  permission?: string;
  /** Counts as creating content. */
  content?: true;
  /** Which primary budget it counts against. */
  resource?: 'core' | 'search';
  handle(call: Call): Answer | Promise<Answer>;
}

/** The repository of the path. What the caller may not see does not exist; one that was renamed is elsewhere. */
export function repoIn(call: Call): Repo {
  const { hub, params } = call;
  const name = `${params.owner}/${params.repo}`.toLowerCase();
  const repo = hub.repos.find((one) => fullName(hub, one).toLowerCase() === name) ?? hub.repos.find((one) => one.formerNames.includes(name));
  if (!repo || levelOn(hub, call.access, repo) === null) throw notFound();
  if (fullName(hub, repo).toLowerCase() !== name)
    throw moved(
      call,
      `/repositories/${repo.id}${call.path
        .split('/')
        .slice(4)
        .map((part) => `/${part}`)
        .join('')}`,
    );
  return repo;
}

/** The repository of the path, for writing by somebody who has at least this level. */
export function writableIn(call: Call, level: Level = 'read'): Repo {
  const repo = repoIn(call);
  if (repo.archived) throw new ApiError(403, 'Repository was archived so is read-only.');
  if (!has(call, repo, level)) throw level === 'admin' ? notFound() : new ApiError(403, 'Must have admin rights to Repository.');
  return repo;
}

/** Whether the caller has at least this level in the repository. */
export function has(call: Call, repo: Repo, level: Level): boolean {
  const own = levelOn(call.hub, call.access, repo);
  return own !== null && LEVELS.indexOf(own) >= LEVELS.indexOf(level);
}

/** The issue of the path in that repository. Throws 410 for a deleted one and 301 for one that was transferred. */
export function issueIn(call: Call, repo: Repo): Issue {
  const { hub, params } = call;
  if (!repo.hasIssues) throw new ApiError(410, 'Issues has been disabled in this repository.');
  const issue = /^\d+$/.test(params.number ?? '') ? numbered(hub, repo, Number(params.number)) : undefined;
  if (!issue) throw notFound();
  if (issue.gone === 'deleted') throw new ApiError(410, 'This issue was deleted');
  if (issue.gone) {
    const target = repoOf(hub, issue.gone.repo);
    if (levelOn(hub, call.access, target) === null) throw notFound();
    throw moved(
      call,
      `/repositories/${target.id}/issues/${issue.gone.number}${call.path
        .split('/')
        .slice(6)
        .map((part) => `/${part}`)
        .join('')}`,
    );
  }
  return issue;
}

function moved({ hub, query }: Call, path: string): ApiError {
  const url = `${hub.apiUrl}${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
  return new ApiError(301, 'Moved Permanently', { url }, { location: url });
}
