import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult, Description } from '../connector.ts';
import type { Client } from './client.ts';
import type { Directory } from './directory.ts';
import type { JiraSettings } from './settings.ts';

/** Jira's keys of permissions, what people call them, and what does not work without. */
const PERMISSIONS: readonly { readonly key: string; readonly name: string; readonly consequence: string }[] = [
  { key: 'BROWSE_PROJECTS', name: 'Browse projects', consequence: 'No issue can be read.' },
  { key: 'CREATE_ISSUES', name: 'Create issues', consequence: 'What comes from the other side cannot be created.' },
  { key: 'EDIT_ISSUES', name: 'Edit issues', consequence: 'Fields that the other side changes are not written.' },
  { key: 'TRANSITION_ISSUES', name: 'Transition issues', consequence: 'The status never follows the other side.' },
  { key: 'ADD_COMMENTS', name: 'Add comments', consequence: 'Comments from the other side cannot be written.' },
  {
    key: 'EDIT_OWN_COMMENTS',
    name: 'Edit own comments',
    consequence: 'Comments that the other side edits keep their old text, and none can be made internal.',
  },
  { key: 'DELETE_OWN_COMMENTS', name: 'Delete own comments', consequence: 'Comments that the other side deletes stay.' },
  { key: 'CREATE_ATTACHMENTS', name: 'Create attachments', consequence: 'Files from the other side cannot be attached.' },
  { key: 'DELETE_OWN_ATTACHMENTS', name: 'Delete own attachments', consequence: 'Files that the other side deletes stay.' },
  { key: 'LINK_ISSUES', name: 'Link issues', consequence: 'Issues do not show where their other half is.' },
  { key: 'ADMINISTER', name: 'Administer Jira', consequence: 'No webhook can be registered: changes in Jira are noticed late, by polling.' },
];

/** Proves the credentials, and says what is missing in the project of the settings, else in every project. */
export async function checkAccount(settings: JiraSettings, client: Client, directory: Directory, call: CallContext): Promise<CheckResult> {
  const me = await directory.prove(call);
  const missing: { permission: string; consequence: string }[] = [];
  const { auth, project = null, attachmentMaxMb } = settings;
  // Webhooks of administrators are out of reach for OAuth apps.
  const wanted = PERMISSIONS.filter(({ key }) => key !== 'ADMINISTER' || auth.kind !== 'oauth');
  try {
    const has = await directory.permissions(
      wanted.map(({ key }) => key),
      project,
      call,
    );
    const where = project === null ? '' : ` (${project})`;
    for (const { key, name, consequence } of wanted)
      if (has[key]?.havePermission !== true) missing.push({ permission: `${name}${key === 'ADMINISTER' ? '' : where}`, consequence });
  } catch (error) {
    if (!(error instanceof TrackerError && (error.kind === 'not-found' || error.kind === 'rejected')) || project === null) throw error;
    missing.push({
      permission: `Browse projects (${project})`,
      consequence: `There is no project ${project}, or the account does not see it: no issue can be created.`,
    });
  }
  const files = await client.get<{ enabled?: boolean; uploadLimit?: number }>('/attachment/meta', 'Asking how large files may be', call);
  if (files.enabled === false)
    missing.push({ permission: 'Attachments (System → Attachments)', consequence: 'Attachments are off in this Jira: no file can be kept.' });
  else if (files.uploadLimit && files.uploadLimit < attachmentMaxMb * 1_048_576)
    missing.push({
      permission: `Attachments of ${attachmentMaxMb} MB (System → Attachments)`,
      consequence: `Jira takes files up to ${Math.floor(files.uploadLimit / 1_048_576)} MB only: larger ones are refused. Enter that size in the settings of this instance.`,
    });
  if (auth.kind === 'oauth' && auth.scope !== undefined)
    for (const [scope, consequence] of [
      ['read:jira-work', 'No issue can be read.'],
      ['write:jira-work', 'Nothing that the other side changes can be written to Jira.'],
    ] as const)
      if (!auth.scope.split(/[\s,]+/).includes(scope)) missing.push({ permission: `OAuth scope “${scope}”`, consequence });
  return { account: { id: me.id, name: me.name, email: me.email }, missing, site: client.host };
}

/** `scope`: key of a project; null: that of the settings, else the whole site. */
export async function describeSite(settings: JiraSettings, directory: Directory, scope: string | null, call: CallContext): Promise<Description> {
  const project = scope ?? settings.project ?? null;
  const [projects, types, statuses, priorities] = await Promise.all([
    directory.projects(call),
    project === null ? directory.allTypes(call).then((all) => all.filter(({ subtask }) => !subtask)) : directory.types(project, call),
    directory.statuses(project, call),
    directory.priorities(call),
  ]);
  const names = [...new Set(types.map(({ name }) => name))];
  return {
    types: names.map((name) => ({ name, creatable: true })),
    scopes: projects.map(({ key, name }) => ({ id: key, name })),
    fields: [
      { name: 'summary', kind: 'text', support: 'full' },
      { name: 'description', kind: 'rich', support: 'full' },
      // Jira's workflow decides which steps lead from one to another.
      { name: 'status', kind: 'choice', support: 'degraded', choices: statuses },
      { name: 'priority', kind: 'choice', support: 'full', choices: priorities.map(({ name }) => name) },
      { name: 'labels', kind: 'tags', support: 'full' },
      // Jira hides the e-mail addresses of people who want it so: then a fetch shows the name.
      { name: 'assignee', kind: 'user', support: 'degraded' },
      { name: 'due date', kind: 'date', support: 'full' },
    ],
  };
}
