import { maySeeNote } from './access.ts';
import type { Hook, Issue, Note, Project, User } from './model.ts';
import { projectOf, type Site, userOf } from './site.ts';

export const presentUser = (site: Site, user: User) => ({
  id: user.id,
  username: user.username,
  name: user.name,
  state: user.state,
  locked: false,
  avatar_url: null,
  web_url: `${site.url}/${user.username}`,
});

export const issueUrl = (site: Site, issue: Issue): string => `${site.url}/${projectOf(site, issue).path_with_namespace}/-/issues/${issue.iid}`;

/** `viewer`: the counts are those that this user may know. */
export function presentIssue(site: Site, issue: Issue, viewer: User) {
  const project = projectOf(site, issue);
  const full = `${project.path_with_namespace}#${issue.iid}`;
  const api = `${site.url}/api/v4/projects/${project.id}/issues/${issue.iid}`;
  const assignees = issue.assignee_ids.map((id) => presentUser(site, userOf(site, id)));
  return {
    id: issue.id,
    iid: issue.iid,
    project_id: issue.project_id,
    title: issue.title,
    description: issue.description,
    state: issue.state,
    created_at: issue.created_at,
    updated_at: issue.updated_at,
    closed_at: issue.closed_at,
    closed_by: issue.closed_by_id === null ? null : presentUser(site, userOf(site, issue.closed_by_id)),
    labels: issue.labels,
    milestone: null,
    assignees,
    author: presentUser(site, userOf(site, issue.author_id)),
    type: issue.issue_type.toUpperCase(),
    assignee: assignees[0] ?? null,
    user_notes_count: site.notes.filter((note) => note.issue === issue.id && !note.system && maySeeNote(project, note, viewer)).length,
    merge_requests_count: 0,
    upvotes: 0,
    downvotes: 0,
    due_date: issue.due_date,
    confidential: issue.confidential,
    discussion_locked: null,
    issue_type: issue.issue_type,
    web_url: issueUrl(site, issue),
    time_stats: { time_estimate: 0, total_time_spent: 0, human_time_estimate: null, human_total_time_spent: null },
    task_completion_status: { count: 0, completed_count: 0 },
    has_tasks: false,
    _links: {
      self: api,
      notes: `${api}/notes`,
      award_emoji: `${api}/award_emoji`,
      project: `${site.url}/api/v4/projects/${project.id}`,
      closed_as_duplicate_of: null,
    },
    references: { short: `#${issue.iid}`, relative: `#${issue.iid}`, full },
    severity: 'UNKNOWN',
    moved_to_id: null,
    imported: false,
    imported_from: 'none',
    service_desk_reply_to: null,
  };
}

export function presentNote(site: Site, note: Note) {
  const issue = site.issues.find(({ id }) => id === note.issue);
  return {
    id: note.id,
    type: null,
    body: note.body,
    author: presentUser(site, userOf(site, note.author_id)),
    created_at: note.created_at,
    updated_at: note.updated_at,
    system: note.system,
    noteable_id: note.issue,
    noteable_type: 'Issue',
    project_id: issue?.project_id ?? null,
    resolvable: false,
    confidential: note.internal,
    internal: note.internal,
    imported: false,
    imported_from: 'none',
    noteable_iid: issue?.iid ?? null,
    commands_changes: {},
  };
}

export function presentProject(site: Site, project: Project, viewer: User) {
  const level = project.members.get(viewer.id);
  const namespace = project.path_with_namespace.slice(0, project.path_with_namespace.lastIndexOf('/'));
  return {
    id: project.id,
    description: null,
    name: project.name,
    name_with_namespace: `${namespace} / ${project.name}`,
    path: project.path,
    path_with_namespace: project.path_with_namespace,
    created_at: project.created_at,
    default_branch: 'main',
    web_url: `${site.url}/${project.path_with_namespace}`,
    visibility: project.visibility,
    archived: project.archived,
    issues_enabled: true,
    issues_access_level: 'enabled',
    namespace: { id: 1, name: namespace, path: namespace, kind: 'group', full_path: namespace },
    permissions: { project_access: level === undefined ? null : { access_level: level, notification_level: 3 }, group_access: null },
  };
}

/** Secrets never come back: only whether they are set. */
export function presentHook(site: Site, hook: Hook) {
  const now = site.clock.now();
  const asleep = hook.disabledUntil !== null && hook.disabledUntil > now;
  return {
    id: hook.id,
    url: hook.url,
    name: hook.name,
    description: hook.description,
    created_at: hook.created_at,
    ...hook.events,
    enable_ssl_verification: hook.enable_ssl_verification,
    alert_status: hook.disabled ? 'disabled' : asleep ? 'temporarily_disabled' : 'executable',
    disabled_until: asleep ? new Date(hook.disabledUntil ?? 0).toISOString() : null,
    url_variables: [],
    push_events_branch_filter: null,
    custom_webhook_template: null,
    custom_headers: [],
    project_id: hook.project_id,
    ...(site.settings.webhookSigning ? { token_present: hook.token !== null, signing_token_present: hook.signing_token !== null } : {}),
  };
}
