import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { FileLinks } from '../connector.ts';
import type { GithubApi } from './api.ts';
import type { Directory } from './directory.ts';
import type { Files } from './files.ts';
import { partsOfRef, refOf, snapshotOf } from './map.ts';
import { refusal, saysDeleted } from './refusals.ts';
import type { WireComment, WireIssue, WireRepo } from './wire.ts';

/** What reading needs to know. */
export interface Reading {
  readonly api: GithubApi;
  readonly directory: Directory;
  readonly files: Files;
  readonly links: FileLinks | undefined;
  readonly pullRequests: boolean;
  /** Refs of transferred issues: the new one, and the one under which the issue is known. Lost with the process; a sweep finds it again. */
  readonly moved: Map<EntityRef, EntityRef>;
}

/** One call without comments, two with, and one more for each further hundred comments. */
export async function fetchIssue(reading: Reading, ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
  const { api, directory } = reading;
  const path = pathOf(ref);
  const [repository = '', number] = ref.split(':');
  let repo = await directory.repo(repository, call);
  const what = `Reading ${repo.full_name}#${number}`;
  const { response, movedTo } = await api.request({ method: 'GET', path, what, expect: [410] }, call);
  if (response.status === 410) {
    if (saysDeleted(response)) return 'gone';
    throw refusal(response, what, api.host, 0);
  }
  const issue = response.json<WireIssue>();
  if (typeof issue?.number !== 'number') throw api.notGithub(response.status);
  if (movedTo !== null) repo = await movedRepo(directory, movedTo, issue, what, call);
  if (movedTo !== null && refOf(repo.id, issue.number) !== ref) reading.moved.set(refOf(repo.id, issue.number), ref);
  return seen(reading, repo, issue, call, ref);
}

async function movedRepo(directory: Directory, movedTo: string, issue: WireIssue, what: string, call: CallContext): Promise<WireRepo> {
  const name = nameIn(issue) ?? '';
  try {
    return await directory.repo(/^\/repositories\/(\d+)\//.exec(movedTo)?.[1] ?? name, call);
  } catch (error) {
    if (!(error instanceof TrackerError && error.kind === 'not-found')) throw error;
    throw new TrackerError('not-found', `${what}: it was transferred to ${name || 'another repository'}, which is not one of those that Entente works with.`);
  }
}

/** `acme/web`, as the issue itself says. */
export const nameIn = ({ repository_url }: WireIssue): string | undefined => /\/repos\/([^/]+\/[^/]+)$/.exec(repository_url)?.[1];

/** Of an issue, below the API's address. Throws `not-found` for what is no ref. */
export function pathOf(ref: EntityRef): string {
  const place = partsOfRef(ref);
  if (!place) throw new TrackerError('not-found', `“${ref}” is not an issue of GitHub.`);
  return `/repositories/${place.repo}/issues/${place.number}`;
}

/** An issue that was read, with its comments. `ref`: under which it is known. */
export async function seen(reading: Reading, repo: WireRepo, issue: WireIssue, call: CallContext, ref?: EntityRef): Promise<Snapshot> {
  const { api, directory, files, links, pullRequests } = reading;
  // What the list of repositories says may be some minutes old: they get other names.
  const full_name = nameIn(issue) ?? repo.full_name;
  const urn = `${full_name}#${issue.number}`;
  if (issue.pull_request !== undefined && !pullRequests)
    throw new TrackerError('not-found', `${urn} is a pull request. They are synchronised only when the settings of this instance say so.`);
  const path = pathOf(refOf(repo.id, issue.number));
  const found = new Map<number, WireComment>();
  if (issue.comments > 0)
    for (const comment of await api.all<WireComment>(`${path}/comments`, {}, `Reading the comments of ${urn}`, call)) found.set(comment.id, comment);
  const comments = [...found.values()].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id - b.id);
  const kinds = await files.kindsIn(path, [issue.body, ...comments.map(({ body }) => body)], call);
  const view = { origin: api.site.origin, links, kinds, us: await directory.us(call), repo: { id: repo.id, full_name } };
  return snapshotOf(issue, comments, view, ref ?? refOf(repo.id, issue.number));
}

/** The ref for `acme/web#7`, an issue's address, or `#7` where there is one repository. Throws `not-found`. */
export async function findIssue(reading: Reading, urn: string, call: CallContext): Promise<EntityRef> {
  const { api, directory } = reading;
  const { origin, owner } = api.site;
  const text = urn.trim();
  const none = () => new TrackerError('not-found', `“${urn}” is not an issue of ${owner} at ${origin}. Issues are called ${owner}/REPOSITORY#NUMBER.`);
  const url = /^https?:\/\//i.test(text) ? (URL.canParse(text) ? new URL(text) : null) : undefined;
  if (url === null || (url && url.origin !== origin)) throw none();
  const known = partsOfRef(text);
  const [, repository, number] =
    (url ? /^\/([^/]+\/[^/]+)\/(?:issues|pull)\/(\d{1,10})(?:\/|$)/.exec(url.pathname) : /^([\w.-]+(?:\/[\w.-]+)?)?#?(\d{1,10})$/.exec(text)) ?? [];
  if (!known && (number === undefined || (url === undefined && !/^(?:[^#]*#)?\d+$/.test(text)))) throw none();
  let place = known;
  if (!place) {
    const repos = await directory.repos(call);
    if (!repository && repos.length !== 1) throw none();
    place = { repo: repository ? (await directory.repo(repository, call)).id : (repos[0]?.id ?? 0), number: Number(number) };
  }
  const snapshot = await fetchIssue(reading, refOf(place.repo, place.number), call);
  if (snapshot === 'gone') throw new TrackerError('not-found', `“${urn}” was deleted.`);
  return reading.moved.get(snapshot.ref) ?? snapshot.ref;
}
