import { type Hub, userOf } from './hub.ts';
import type { Hook, HubEvent, Issue, Repo, User } from './model.ts';
import { presentComment, presentIssue } from './present.ts';
import { presentRepo } from './present-repo.ts';
import { nodeId, presentUser } from './present-user.ts';

/** Payloads say a little more than answers do. */
export const issueInPayload = (hub: Hub, issue: Issue) => ({ draft: false, ...presentIssue(hub, issue) });
export const repoInPayload = (hub: Hub, repo: Repo) => ({ ...presentRepo(hub, repo), custom_properties: {} });

/** The members that every payload has. */
function common(hub: Hub, repo: Repo, sender: User) {
  const owner = userOf(hub, repo.owner);
  const url = `${hub.apiUrl}/orgs/${owner.login}`;
  const organization = {
    login: owner.login,
    id: owner.id,
    node_id: nodeId('O', owner.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${hub.url}/avatars/${owner.id}`,
    description: '',
  };
  return {
    repository: repoInPayload(hub, repo),
    ...(owner.type === 'Organization' ? { organization } : {}),
    sender: presentUser(hub, sender),
  };
}

/** What a webhook is sent: how things are at this moment, however late it arrives. */
export function eventPayload(hub: Hub, event: HubEvent, installation: number | null) {
  return {
    action: event.action,
    issue: issueInPayload(hub, event.issue),
    ...(event.comment ? { comment: presentComment(hub, event.comment) } : {}),
    ...event.more,
    ...common(hub, event.repo, event.actor),
    ...(installation === null ? {} : { installation: { id: installation, node_id: nodeId('MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u', installation) } }),
  };
}

/** What a new webhook is sent, so that its receiver can be tried. */
export function pingPayload(hub: Hub, hook: Record<string, unknown>, id: number, repo: Repo, sender: User) {
  return { zen: 'Anything added dilutes everything else.', hook_id: id, hook: { ...hook, type: 'Repository' }, ...common(hub, repo, sender) };
}

/** A webhook as the API shows it: its secret is never told. */
export function presentHook(repoAddress: string, hook: Hook) {
  const { id, active, events, config, created_at, updated_at, last } = hook;
  const url = `${repoAddress}/hooks/${id}`;
  const { secret, ...open } = config;
  return {
    type: 'Repository',
    id,
    name: 'web',
    active,
    events,
    config: { ...open, ...(secret === null ? {} : { secret: '********' }) },
    updated_at,
    created_at,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: last,
  };
}
