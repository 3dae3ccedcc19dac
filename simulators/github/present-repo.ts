import { type Access, levelOn } from './access.ts';
import { fullName, type Hub, userOf } from './hub.ts';
import { type App, type Installation, LEVELS, type Repo } from './model.ts';
import { nodeId, presentUser, repoUrl } from './present-user.ts';

const PLAIN = [
  'contributors',
  'deployments',
  'downloads',
  'events',
  'forks',
  'hooks',
  'languages',
  'merges',
  'stargazers',
  'subscribers',
  'subscription',
  'tags',
  'teams',
];
const WITH: Record<string, string> = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  statuses: '/statuses/{sha}',
  trees: '/git/trees{/sha}',
};

/** A repository; with `access`, also what the caller may do there. */
export function presentRepo(hub: Hub, repo: Repo, access?: Access) {
  const name = fullName(hub, repo);
  const url = repoUrl(hub, repo);
  const html = `${hub.url}/${name}`;
  const open = hub.issues.filter((issue) => issue.repo === repo.id && issue.gone === null && issue.state === 'open').length;
  const level = access ? levelOn(hub, access, repo) : null;
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: name,
    private: repo.private,
    owner: presentUser(hub, userOf(hub, repo.owner)),
    html_url: html,
    description: repo.description,
    fork: false,
    url,
    ...Object.fromEntries(PLAIN.map((part) => [`${part}_url`, `${url}/${part}`])),
    ...Object.fromEntries(Object.entries(WITH).map(([part, path]) => [`${part}_url`, url + path])),
    created_at: repo.created_at,
    updated_at: repo.created_at,
    pushed_at: repo.created_at,
    git_url: `git://${html.replace(/^https?:\/\//, '')}.git`,
    ssh_url: `git@${new URL(hub.url).hostname}:${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 108,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: repo.hasIssues,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repo.archived,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: 'main',
    ...(level === null
      ? {}
      : {
          permissions: Object.fromEntries(
            [...LEVELS]
              .reverse()
              .map((one) => [
                { read: 'pull', triage: 'triage', write: 'push', maintain: 'maintain', admin: 'admin' }[one],
                LEVELS.indexOf(level) >= LEVELS.indexOf(one),
              ]),
          ),
        }),
  };
}

/** The App, as it stands on what it wrote. */
export function presentApp(hub: Hub, app: App = hub.app) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: presentUser(hub, userOf(hub, app.owner)),
    name: app.name,
    description: null,
    external_url: `${hub.url}/apps/${app.slug}`,
    html_url: `${hub.url}/apps/${app.slug}`,
    created_at: app.created_at,
    updated_at: app.created_at,
    permissions: app.permissions,
    events: app.events,
  };
}

export function presentInstallation(hub: Hub, installation: Installation) {
  const account = userOf(hub, installation.account);
  const { app } = hub;
  return {
    id: installation.id,
    client_id: app.clientId,
    account: presentUser(hub, account),
    repository_selection: installation.repos === 'all' ? 'all' : 'selected',
    access_tokens_url: `${hub.apiUrl}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${hub.apiUrl}/installation/repositories`,
    html_url: `${hub.url}/organizations/${account.login}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: app.events,
    created_at: installation.created_at,
    updated_at: installation.created_at,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspended_at,
  };
}
