import { fullName, type Hub } from './hub.ts';
import type { Repo, User } from './model.ts';

export const nodeId = (kind: string, id: number): string => `${kind}_${Buffer.from(String(id)).toString('base64url')}`;

/** A user as it stands in other things. */
export function presentUser(hub: Hub, user: User) {
  const url = `${hub.apiUrl}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${hub.url}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: user.type === 'Bot' ? `${hub.url}/apps/${user.login.replace('[bot]', '')}` : `${hub.url}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export const repoUrl = (hub: Hub, repo: Repo): string => `${hub.apiUrl}/repos/${fullName(hub, repo)}`;
