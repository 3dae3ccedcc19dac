import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult } from '../connector.ts';
import type { GitlabApi } from './api.ts';
import { type Directory, LEVEL } from './directory.ts';
import { type GitlabSettings, projectsIn } from './settings.ts';

/** Proves the token, and says what is missing in the projects of the settings. */
export async function checkAccount(api: GitlabApi, directory: Directory, settings: GitlabSettings, call: CallContext): Promise<CheckResult> {
  const me = await directory.prove(call);
  const missing: { permission: string; consequence: string }[] = [];
  const scopes = await api.scopes(call);
  if (scopes && !scopes.includes('api'))
    missing.push({ permission: 'Scope “api” of the access token', consequence: 'Nothing that the other side changes can be written to GitLab.' });
  for (const named of projectsIn(settings.projects)) missing.push(...(await missingIn(api, directory, named, call)));
  return { account: { id: String(me.id), name: me.name, email: me.email ?? null }, missing, site: new URL(settings.url).host };
}

async function missingIn(api: GitlabApi, directory: Directory, named: string, call: CallContext): Promise<CheckResult['missing']> {
  try {
    const project = await api.project(named, call);
    const level = await directory.level(project.id, call);
    if (level < LEVEL.planner)
      return [
        {
          permission: `Role Reporter or higher in ${project.path_with_namespace}`,
          consequence: 'Issues of other people cannot be changed, internal notes and confidential issues are not seen, and no deletion is certain.',
        },
      ];
    if (level < LEVEL.maintainer)
      return [
        {
          permission: `Role Maintainer in ${project.path_with_namespace}`,
          consequence: 'No webhook can be registered: changes in GitLab are noticed late, by polling.',
        },
      ];
    return [];
  } catch (error) {
    if (!(error instanceof TrackerError) || (error.kind !== 'not-found' && error.kind !== 'forbidden')) throw error;
    return [
      { permission: `Membership of ${named}`, consequence: 'The project does not exist, or the account does not see it: nothing of it is synchronised.' },
    ];
  }
}
