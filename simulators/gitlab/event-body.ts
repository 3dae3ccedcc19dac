import type { Issue, SiteEvent } from './model.ts';
import { issueUrl, presentUser } from './present.ts';
import { type Site, userOf } from './site.ts';

const isConfidential = ({ issue, note }: SiteEvent): boolean => issue.confidential || note?.internal === true;

export const eventHeader = (event: SiteEvent): string => `${isConfidential(event) ? 'Confidential ' : ''}${event.kind === 'issue' ? 'Issue' : 'Note'} Hook`;

/** The body of a delivery. Times are written `2026-01-05 10:00:00 UTC`, as the vendor's webhooks do, not as its API. */
export function eventBody(site: Site, event: SiteEvent) {
  const { project, issue, note, actor, action, changes } = event;
  const shown = {
    user: { ...presentUser(site, actor), email: '[REDACTED]' },
    project: {
      id: project.id,
      name: project.name,
      description: null,
      web_url: `${site.url}/${project.path_with_namespace}`,
      path_with_namespace: project.path_with_namespace,
      visibility_level: project.visibility === 'public' ? 20 : project.visibility === 'internal' ? 10 : 0,
    },
    repository: { name: project.name, homepage: `${site.url}/${project.path_with_namespace}` },
  };
  if (!note) {
    return {
      object_kind: issue.issue_type === 'task' ? 'work_item' : 'issue',
      event_type: isConfidential(event) ? 'confidential_issue' : 'issue',
      ...shown,
      object_attributes: { ...issueAttributes(site, issue), action },
      labels: issue.labels.map((title) => ({ title })),
      assignees: issue.assignee_ids.map((id) => presentUser(site, userOf(site, id))),
      changes,
    };
  }
  return {
    object_kind: 'note',
    event_type: isConfidential(event) ? 'confidential_note' : 'note',
    ...shown,
    project_id: project.id,
    object_attributes: {
      id: note.id,
      note: note.body,
      description: note.body,
      noteable_type: 'Issue',
      noteable_id: issue.id,
      author_id: note.author_id,
      project_id: project.id,
      created_at: spoken(note.created_at),
      updated_at: spoken(note.updated_at),
      internal: note.internal,
      system: note.system,
      action,
      url: `${issueUrl(site, issue)}#note_${note.id}`,
    },
    issue: issueAttributes(site, issue),
  };
}

const issueAttributes = (site: Site, issue: Issue) => ({
  id: issue.id,
  iid: issue.iid,
  project_id: issue.project_id,
  title: issue.title,
  description: issue.description,
  state: issue.state,
  type: issue.issue_type.charAt(0).toUpperCase() + issue.issue_type.slice(1),
  confidential: issue.confidential,
  author_id: issue.author_id,
  created_at: spoken(issue.created_at),
  updated_at: spoken(issue.updated_at),
  due_date: issue.due_date,
  url: issueUrl(site, issue),
});

const spoken = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;
