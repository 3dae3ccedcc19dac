import type { Snapshot } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { queryOf, SEARCH } from './api.ts';
import { markerIn, wordOf } from './marker.ts';
import { nameIn, type Reading, seen } from './reading.ts';
import type { WireIssue, WireRepo } from './wire.ts';

/** Our issues of a repository, newest first: this list is up to date at once. `since` ends it. */
async function listed(
  { api, directory }: Reading,
  repo: WireRepo,
  marker: string,
  since: string | null,
  call: CallContext,
): Promise<{ issue: WireIssue | null; whole: boolean }> {
  const { login } = await directory.us(call);
  const from = since === null ? {} : { since: `${new Date(Date.parse(since) - 60_000).toISOString().slice(0, 19)}Z` };
  const query = { state: 'all', creator: login, sort: 'created', direction: 'desc', per_page: 100, ...from };
  for (let at = `/repositories/${repo.id}/issues?${queryOf(query)}`; ; ) {
    const { items, next } = await api.pageAt<WireIssue>(at, `Looking for an issue in ${repo.full_name}`, call);
    const issue = items.find(({ body }) => markerIn(body, true) === marker) ?? null;
    if (issue || next === null || items.length === 0) return { issue, whole: true };
    if (since === null) return { issue, whole: false };
    at = next;
  }
}

/** By GitHub's search, which lags: for what is no longer in the list. */
async function searched({ api, directory }: Reading, where: string, marker: string, call: CallContext): Promise<WireIssue | null> {
  const us = await directory.us(call);
  const path = `/search/issues?${queryOf({ q: `${wordOf(marker)} in:body is:issue ${where}`, per_page: 20 })}`;
  const { response } = await api.request({ method: 'GET', path, what: 'Searching for an issue', budget: SEARCH, expect: [422] }, call);
  // 422: none of the repositories is shown to this account by the search.
  const { items = [] } = response.status === 422 ? {} : response.json<{ items?: readonly WireIssue[] }>();
  return items.find(({ body, user }) => user?.id === us.id && markerIn(body, true) === marker) ?? null;
}

/** Among our hundred newest issues of a repository; where there are more, also by the search. */
export async function recentByMarker(reading: Reading, repo: WireRepo, marker: string, call: CallContext): Promise<Snapshot | null> {
  const { issue, whole } = await listed(reading, repo, marker, null, call);
  const found = issue ?? (whole ? null : await searched(reading, `repo:${repo.full_name}`, marker, call));
  return found && seen(reading, repo, found, call);
}

/** In all repositories: among our issues that were changed since, then by the search. */
export async function findByMarker(reading: Reading, marker: string, since: string, call: CallContext): Promise<Snapshot | null> {
  const repos = await reading.directory.repos(call);
  for (const repo of repos) {
    const { issue } = await listed(reading, repo, marker, since, call);
    if (issue) return seen(reading, repo, issue, call);
  }
  const found = await searched(reading, `user:${reading.api.site.owner}`, marker, call);
  if (!found) return null;
  try {
    return await seen(reading, await reading.directory.repo(nameIn(found) ?? '', call), found, call);
  } catch (error) {
    if (error instanceof TrackerError && error.kind === 'not-found') return null;
    throw error;
  }
}
