import { randomBytes } from 'node:crypto';
import type { Call, Route } from './call.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import { addToken, stamp, userOf } from './hub.ts';
import type { Installation, Permission, Repo } from './model.ts';
import { paged, pageOf } from './paging.ts';
import { presentApp, presentInstallation, presentRepo } from './present-repo.ts';

const HOUR_MS = 3_600_000;

function installationIn({ hub, params }: Call): Installation {
  const installation = hub.installations.find(({ id }) => String(id) === params.id);
  if (!installation) throw notFound();
  return installation;
}

const within = ({ hub }: Call, installation: Installation): Repo[] =>
  hub.repos.filter((repo) => repo.owner === installation.account && (installation.repos === 'all' || installation.repos.includes(repo.id)));

/** The repositories that the token is to reach, by name or id; undefined: all of the installation. */
function chosen(call: Call, installation: Installation): Repo[] | undefined {
  const { repositories, repository_ids: ids } = call.body;
  const names = Array.isArray(repositories) ? repositories : undefined;
  const numbers = Array.isArray(ids) ? ids : undefined;
  if (!names && !numbers) return undefined;
  const repos = within(call, installation);
  return [...(names ?? []), ...(numbers ?? [])].map((wanted: unknown) => {
    const repo = repos.find((one) => one.name === wanted || one.id === wanted);
    if (!repo) throw new ApiError(422, 'There is at least one repository that does not exist or is not accessible to the parent installation.');
    return repo;
  });
}

function granted(call: Call, installation: Installation): Record<string, Permission> {
  const wanted = call.body.permissions;
  if (typeof wanted !== 'object' || wanted === null) return installation.permissions;
  const beyond = Object.entries(wanted).some(
    ([name, level]) => !installation.permissions[name] || (level === 'write' && installation.permissions[name] === 'read'),
  );
  if (beyond) throw new ApiError(422, 'The permissions requested are not granted to this installation.');
  return wanted as Record<string, Permission>;
}

/** The App and its installations: with a JWT that the App signed, or with an installation's token. */
export const appRoutes: Route[] = [
  {
    method: 'GET',
    path: '/app',
    docs: 'apps/apps#get-the-authenticated-app',
    who: 'app',
    handle: ({ hub }) => ({ status: 200, json: { ...presentApp(hub), installations_count: hub.installations.length } }),
  },
  {
    method: 'GET',
    path: '/app/installations',
    docs: 'apps/apps#list-installations-for-the-authenticated-app',
    who: 'app',
    handle: (call) => paged(call, call.hub.installations, (installation) => presentInstallation(call.hub, installation)),
  },
  {
    method: 'GET',
    path: '/app/installations/:id',
    docs: 'apps/apps#get-an-installation-for-the-authenticated-app',
    who: 'app',
    handle: (call) => ({ status: 200, json: presentInstallation(call.hub, installationIn(call)) }),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/installation',
    docs: 'apps/apps#get-a-repository-installation-for-the-authenticated-app',
    who: 'app',
    handle(call) {
      const { hub, params } = call;
      const installation = hub.installations.find((one) =>
        within(call, one).some((repo) => repo.name === params.repo && userOf(hub, repo.owner).login === params.owner),
      );
      if (!installation) throw notFound();
      return { status: 200, json: presentInstallation(hub, installation) };
    },
  },
  {
    method: 'POST',
    path: '/app/installations/:id/access_tokens',
    docs: 'apps/apps#create-an-installation-access-token-for-an-app',
    who: 'app',
    handle(call) {
      const installation = installationIn(call);
      if (installation.suspended_at) throw new ApiError(403, 'This installation has been suspended');
      const repos = chosen(call, installation);
      const permissions = granted(call, installation);
      const expiresAt = call.hub.clock.now() + HOUR_MS;
      const value = `ghs_${randomBytes(18).toString('hex')}`;
      const reach = repos?.map(({ id }) => id) ?? installation.repos;
      addToken(call.hub, userOf(call.hub, call.hub.app.bot), {
        value,
        kind: 'installation',
        permissions,
        repos: reach,
        expiresAt,
        installation: installation.id,
      });
      return {
        status: 201,
        json: {
          token: value,
          expires_at: stamp(call.hub, expiresAt),
          permissions,
          repository_selection: repos || installation.repos !== 'all' ? 'selected' : 'all',
          ...(repos ? { repositories: repos.map((repo) => presentRepo(call.hub, repo)) } : {}),
        },
      };
    },
  },
  {
    method: 'GET',
    path: '/installation/repositories',
    docs: 'apps/installations#list-repositories-accessible-to-the-app-installation',
    who: 'installation',
    handle(call) {
      const { access, hub } = call;
      if (access.kind !== 'token' || !access.installation) throw invalid();
      const { token, installation } = access;
      const repos = within(call, installation).filter((repo) => token.repos === 'all' || token.repos.includes(repo.id));
      const { items, headers } = pageOf(call, repos);
      return {
        status: 200,
        headers,
        json: {
          total_count: repos.length,
          repository_selection: installation.repos === 'all' ? 'all' : 'selected',
          repositories: items.map((repo) => presentRepo(hub, repo, access)),
        },
      };
    },
  },
];
