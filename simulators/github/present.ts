import type { Media } from './call.ts';
import { commentsOf, fullName, type Hub, issueHtmlUrl, repoOf, stamp, userOf } from './hub.ts';
import type { Comment, Happening, Issue, IssueType, Label, Milestone, Repo, User } from './model.ts';
import { presentApp } from './present-repo.ts';
import { nodeId, presentUser, repoUrl } from './present-user.ts';
import { render } from './render.ts';

export const presentLabel = (hub: Hub, repo: Repo, label: Label) => ({
  id: label.id,
  node_id: nodeId('LA', label.id),
  url: `${repoUrl(hub, repo)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  color: label.color,
  default: label.default,
  description: label.description,
});

export const presentType = ({ id, name, description, color, is_enabled, created_at }: IssueType) => ({
  id,
  node_id: nodeId('IT', id),
  name,
  description,
  color,
  created_at,
  updated_at: created_at,
  is_enabled,
});

export function presentMilestone(hub: Hub, repo: Repo, milestone: Milestone) {
  const { creator, ...rest } = milestone;
  const inside = hub.issues.filter((issue) => issue.gone === null && issue.milestone === milestone.id);
  return {
    url: `${repoUrl(hub, repo)}/milestones/${milestone.number}`,
    html_url: `${hub.url}/${fullName(hub, repo)}/milestone/${milestone.number}`,
    labels_url: `${repoUrl(hub, repo)}/milestones/${milestone.number}/labels`,
    node_id: nodeId('MI', milestone.id),
    creator: presentUser(hub, userOf(hub, creator)),
    open_issues: inside.filter((issue) => issue.state === 'open').length,
    closed_issues: inside.filter((issue) => issue.state === 'closed').length,
    ...rest,
  };
}

/** The text in the forms that were asked for. */
function bodyIn(hub: Hub, repo: Repo, body: string | null, media: Media) {
  const rendered = media.html || media.text ? render(hub, repo, body ?? '') : undefined;
  return {
    ...(media.raw ? { body } : {}),
    ...(media.html ? { body_html: rendered?.html } : {}),
    ...(media.text ? { body_text: rendered?.text } : {}),
  };
}

const RAW: Media = { raw: true, html: false, text: false };

const reactions = (url: string) => ({
  url: `${url}/reactions`,
  total_count: 0,
  '+1': 0,
  '-1': 0,
  laugh: 0,
  hooray: 0,
  confused: 0,
  heart: 0,
  rocket: 0,
  eyes: 0,
});

function association(hub: Hub, repo: Repo, user: number): string {
  if (repo.owner === user) return 'OWNER';
  if (!repo.collaborators.has(user)) return 'NONE';
  return userOf(hub, repo.owner).type === 'Organization' ? 'MEMBER' : 'COLLABORATOR';
}

/** An issue as lists, single reads and webhooks show it. */
export function presentIssue(hub: Hub, issue: Issue, media: Media = RAW) {
  const repo = repoOf(hub, issue.repo);
  const url = `${repoUrl(hub, repo)}/issues/${issue.number}`;
  const users = issue.assignees.map((id) => presentUser(hub, userOf(hub, id)));
  const type = hub.types.find(({ id }) => id === issue.type);
  const milestone = repo.milestones.find(({ id }) => id === issue.milestone);
  const html = issueHtmlUrl(hub, issue);
  const pullUrl = `${repoUrl(hub, repo)}/pulls/${issue.number}`;
  return {
    url,
    repository_url: repoUrl(hub, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: issue.id,
    node_id: nodeId(issue.pull ? 'PR' : 'I', issue.id),
    number: issue.number,
    title: issue.title,
    user: presentUser(hub, userOf(hub, issue.user)),
    labels: issue.labels.flatMap((id) => repo.labels.filter((label) => label.id === id)).map((label) => presentLabel(hub, repo, label)),
    state: issue.state,
    locked: issue.locked,
    assignee: users[0] ?? null,
    assignees: users,
    milestone: milestone ? presentMilestone(hub, repo, milestone) : null,
    comments: commentsOf(hub, issue).length,
    created_at: issue.created_at,
    updated_at: issue.updated_at,
    closed_at: issue.closed_at,
    author_association: association(hub, repo, issue.user),
    ...(issue.pull
      ? {
          draft: issue.pull.draft,
          pull_request: { url: pullUrl, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`, merged_at: issue.pull.merged_at },
        }
      : {
          ...(hub.types.some(({ org }) => org === repo.owner) ? { type: type ? presentType(type) : null } : {}),
          sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
          issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 0, blocking: 0, total_blocking: 0 },
        }),
    active_lock_reason: issue.lock_reason,
    ...bodyIn(hub, repo, issue.body, media),
    reactions: reactions(url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: issue.viaApp ? presentApp(hub) : null,
    state_reason: issue.state_reason,
  };
}

/** A single issue says also who closed it. */
export const presentWholeIssue = (hub: Hub, issue: Issue, media?: Media) => ({
  ...presentIssue(hub, issue, media),
  closed_by: issue.closed_by === null ? null : presentUser(hub, userOf(hub, issue.closed_by)),
});

export function presentComment(hub: Hub, comment: Comment, media: Media = RAW) {
  const issue = hub.issues.find(({ id }) => id === comment.issue);
  if (!issue) throw new Error(`Comment ${comment.id} has no issue.`);
  const repo = repoOf(hub, issue.repo);
  const url = `${repoUrl(hub, repo)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issueHtmlUrl(hub, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repoUrl(hub, repo)}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: presentUser(hub, userOf(hub, comment.user)),
    created_at: comment.created_at,
    updated_at: comment.updated_at,
    ...bodyIn(hub, repo, comment.body, media),
    author_association: association(hub, repo, comment.user),
    reactions: reactions(url),
    performed_via_github_app: comment.viaApp ? presentApp(hub) : null,
  };
}

/** One entry of the history. */
export function presentHappening(hub: Hub, happening: Happening) {
  const issue = hub.issues.find(({ id }) => id === happening.issue);
  return {
    id: happening.id,
    node_id: nodeId('EV', happening.id),
    url: `${issue ? repoUrl(hub, repoOf(hub, issue.repo)) : hub.apiUrl}/issues/events/${happening.id}`,
    actor: presentUser(hub, userOf(hub, happening.actor)),
    event: happening.event,
    commit_id: null,
    commit_url: null,
    created_at: happening.created_at,
    ...happening.more,
    performed_via_github_app: happening.viaApp ? presentApp(hub) : null,
  };
}

/** Who is signed in, or anybody's public profile. */
export function presentProfile(hub: Hub, user: User) {
  const own = hub.repos.filter((repo) => repo.owner === user.id);
  return {
    ...presentUser(hub, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: own.filter((repo) => !repo.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.created_at,
    updated_at: stamp(hub, Date.parse(user.created_at)),
  };
}
