import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult } from '../connector.ts';
import type { WireProject } from './api.ts';
import { type Directory, PERMISSIONS } from './directory.ts';
import type { RedmineSettings } from './settings.ts';

/** Proves the key, and says what is missing in the project of the settings, else in all projects that the account is a member of. */
export async function checkAccount(settings: RedmineSettings, directory: Directory, call: CallContext): Promise<CheckResult> {
  const me = await directory.prove(call);
  const missing: { permission: string; consequence: string }[] = [];
  const projects = await chosen(settings, directory, missing, call);
  const lacking = new Map<string, string[]>();
  for (const project of projects) {
    const has = await directory.permissions(project.id, call);
    if (has === null) {
      missing.push({
        permission: `Membership of ${project.name}`,
        consequence: 'What the account may do there cannot be found out; internal comments are not written.',
      });
      continue;
    }
    for (const { permission } of PERMISSIONS)
      if (!(await directory.may(permission, project.id, call))) lacking.set(permission, [...(lacking.get(permission) ?? []), project.name]);
  }
  for (const { permission, name, consequence } of PERMISSIONS) {
    const names = lacking.get(permission);
    if (names) missing.push({ permission: `${name} (${names.join(', ')})`, consequence });
  }
  const fieldless = projects.filter((project) => directory.markerField(project, null) === null).map((project) => project.name);
  if (settings.markerField && fieldless.length)
    missing.push({
      permission: `Custom field “${settings.markerField}” (Text, used as a filter) for the issues of ${fieldless.join(', ')}`,
      consequence:
        'New issues carry their marker in an invisible last line of the description instead. Who deletes that line while an issue is being created can make Entente create it twice.',
    });
  return {
    account: { id: String(me.id), name: `${me.firstname} ${me.lastname}`.trim(), email: me.mail ?? null },
    missing,
    site: new URL(settings.url).host,
  };
}

async function chosen(
  settings: RedmineSettings,
  directory: Directory,
  missing: { permission: string; consequence: string }[],
  call: CallContext,
): Promise<WireProject[]> {
  const { project } = settings;
  if (project) {
    try {
      return [await directory.project(project, call)];
    } catch (error) {
      if (!(error instanceof TrackerError && (error.kind === 'not-found' || error.kind === 'forbidden'))) throw error;
      missing.push({ permission: `Project “${project}”`, consequence: 'It does not exist, or the account does not see it: nothing can be created there.' });
      return [];
    }
  }
  const me = await directory.me(call);
  const visible = await directory.projects(call);
  const member = new Set(me.memberships?.map((m) => m.project.id));
  const own = me.admin ? visible : visible.filter(({ id }) => member.has(id));
  if (own.length === 0) missing.push({ permission: 'Membership of a project', consequence: 'There is no project in which this account may work with issues.' });
  return own;
}
