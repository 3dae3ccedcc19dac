import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult } from '../connector.ts';
import type { GithubApi } from './api.ts';
import type { Directory } from './directory.ts';
import { type GithubSettings, repositoriesIn } from './settings.ts';
import type { WireRepo } from './wire.ts';

type Missing = CheckResult['missing'][number];

const ISSUES: Missing = {
  permission: 'Issues: read and write',
  consequence: 'Issues and comments cannot be created or changed.',
};
const WEBHOOKS: Missing = {
  permission: 'Webhooks: read and write',
  consequence: 'GitHub does not tell Entente what changes: it is found by asking, some minutes later, and deleted comments much later.',
};
const PULLS: Missing = { permission: 'Pull requests: read and write', consequence: 'Pull requests cannot be changed.' };

/** Proves the credentials, and says what is missing, in which repositories. */
export async function checkAccount(api: GithubApi, directory: Directory, settings: GithubSettings, call: CallContext): Promise<CheckResult> {
  const me = await directory.me(call);
  const { owner, origin } = api.site;
  const result = (missing: readonly Missing[]): CheckResult => ({
    account: { id: String(me.id), name: me.name || me.login, email: me.email ?? null },
    missing,
    site: `${new URL(origin).host}/${owner}`,
  });
  let repos: readonly WireRepo[];
  try {
    repos = await directory.repos(call);
  } catch (error) {
    if (!(error instanceof TrackerError && (error.kind === 'not-found' || error.kind === 'forbidden'))) throw error;
    const named = repositoriesIn(settings.repositories)
      .map((name) => `${owner}/${name}`)
      .join(', ');
    return result([
      {
        permission: `Access to ${named || owner}`,
        consequence: `At least one repository does not exist there, or is not shown to this account. ${error.message}`,
      },
    ]);
  }
  if (repos.length === 0)
    return result([{ permission: `Access to a repository of ${owner}`, consequence: 'There is no repository in which this account may work with issues.' }]);
  return result(settings.auth.kind === 'app' ? await ofApp(api, settings, call) : await ofToken(api, repos, settings, call));
}

/** An installation says what it was granted. */
async function ofApp(api: GithubApi, settings: GithubSettings, call: CallContext): Promise<Missing[]> {
  const granted = (await api.session.installation(call))?.permissions ?? {};
  return [
    ...(granted.issues === 'write' ? [] : [ISSUES]),
    ...(granted.repository_hooks === 'write' ? [] : [WEBHOOKS]),
    ...(!settings.pullRequests || granted.pull_requests === 'write' ? [] : [PULLS]),
  ];
}

/** A token says nothing, or not all: a change of what cannot exist tells whether it would be allowed. */
async function ofToken(api: GithubApi, repos: readonly WireRepo[], settings: GithubSettings, call: CallContext): Promise<Missing[]> {
  const lacking = new Map<Missing, string[]>();
  const lacks = (what: Missing, { full_name }: WireRepo): void => void lacking.set(what, [...(lacking.get(what) ?? []), full_name]);
  const allowed = async (method: 'GET' | 'PATCH', path: string): Promise<number> => {
    const json = method === 'PATCH' ? { json: {} } : {};
    const { response } = await api.request({ method, path, what: 'Checking permissions', expect: [403, 404, 410, 422], ...json }, call);
    // A limit looks like a refusal, and is none.
    if (response.status === 403 && !/not accessible|must have|resource|forbidden|admin rights/i.test(response.text))
      throw new TrackerError('unavailable', 'GitHub asks to wait before the permissions can be checked. Try again in a minute.', { status: 403 });
    return response.status;
  };
  for (const repo of repos) {
    const role = repo.permissions;
    const issues = await allowed('PATCH', `/repositories/${repo.id}/issues/2147483647`);
    // Labels and types are silently left out of what somebody without the role Triage writes.
    if (issues === 403 || (role !== undefined && !(role.push || role.triage || role.maintain || role.admin))) lacks(ISSUES, repo);
    const hooks = await allowed('GET', `/repositories/${repo.id}/hooks?per_page=1`);
    if (hooks !== 200) lacks(WEBHOOKS, repo);
    if (settings.pullRequests && (await allowed('PATCH', `/repositories/${repo.id}/pulls/2147483647`)) === 403) lacks(PULLS, repo);
  }
  return [...lacking].map(([{ permission, consequence }, names]) => ({ permission: `${permission} (${names.join(', ')})`, consequence }));
}
