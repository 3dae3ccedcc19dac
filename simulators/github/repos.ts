import { checkPermission, levelOn } from './access.ts';
import { type Call, has, type Route, repoIn, writableIn } from './call.ts';
import { invalid, notFound } from './errors.ts';
import { stamp, typesOf, userNamed } from './hub.ts';
import type { Level, Repo, User } from './model.ts';
import { paged } from './paging.ts';
import { presentMilestone, presentProfile, presentType } from './present.ts';
import { presentRepo } from './present-repo.ts';
import { presentUser } from './present-user.ts';
import { textIn } from './values.ts';

const OLD: Record<Level, string> = { read: 'read', triage: 'read', write: 'write', maintain: 'write', admin: 'admin' };

function orgIn(call: Call): User {
  const org = userNamed(call.hub, call.params.org ?? '');
  if (org?.type !== 'Organization') throw notFound();
  return org;
}

const visible = (call: Call, filter: (repo: Repo) => boolean = () => true): Repo[] =>
  call.hub.repos.filter((repo) => levelOn(call.hub, call.access, repo) !== null && filter(repo));

/** Who is signed in, the repositories, and what they offer. */
export const repoRoutes: Route[] = [
  {
    method: 'GET',
    path: '/user',
    docs: 'users/users#get-the-authenticated-user',
    who: 'user',
    handle: ({ hub, user }) => ({ status: 200, json: presentProfile(hub, user) }),
  },
  {
    method: 'GET',
    path: '/users/:username',
    docs: 'users/users#get-a-user',
    who: 'anyone',
    handle({ hub, params }) {
      const user = userNamed(hub, params.username ?? '');
      if (!user) throw notFound();
      return { status: 200, json: presentProfile(hub, user) };
    },
  },
  {
    method: 'GET',
    path: '/user/repos',
    docs: 'repos/repos#list-repositories-for-the-authenticated-user',
    who: 'user',
    handle: (call) =>
      paged(
        call,
        visible(call, (repo) => repo.owner === call.user.id || repo.collaborators.has(call.user.id)),
        (repo) => presentRepo(call.hub, repo, call.access),
      ),
  },
  {
    method: 'GET',
    path: '/orgs/:org/repos',
    docs: 'repos/repos#list-organization-repositories',
    who: 'anyone',
    handle(call) {
      const org = orgIn(call);
      return paged(
        call,
        visible(call, (repo) => repo.owner === org.id),
        (repo) => presentRepo(call.hub, repo, call.access),
      );
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo',
    docs: 'repos/repos#get-a-repository',
    who: 'anyone',
    permission: 'metadata=read',
    handle(call) {
      const repo = repoIn(call);
      const { type } = call.hub.users.find(({ id }) => id === repo.owner) ?? {};
      const json = presentRepo(call.hub, repo, call.access);
      return { status: 200, json: { ...json, ...(type === 'Organization' ? { organization: json.owner } : {}), network_count: 0, subscribers_count: 0 } };
    },
  },
  {
    method: 'GET',
    path: '/orgs/:org/issue-types',
    docs: 'orgs/issue-types#list-issue-types-for-an-organization',
    handle(call) {
      const org = orgIn(call);
      const belongs = visible(call, (repo) => repo.owner === org.id).some(
        (repo) => has(call, repo, 'read') && (repo.collaborators.has(call.user.id) || (call.access.kind === 'token' && call.access.installation !== null)),
      );
      if (!belongs) throw notFound();
      return { status: 200, json: call.hub.types.filter((type) => type.org === org.id).map(presentType) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issue-types',
    docs: 'repos/issue-types#list-issue-types-for-a-repository',
    who: 'anyone',
    permission: 'issues=read',
    handle: (call) => ({ status: 200, json: typesOf(call.hub, repoIn(call)).map(presentType) }),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/collaborators/:username/permission',
    docs: 'collaborators/collaborators#get-repository-permissions-for-a-user',
    permission: 'metadata=read',
    handle(call) {
      const repo = writableIn(call);
      const user = userNamed(call.hub, call.params.username ?? '');
      if (!user) throw notFound();
      const level = repo.owner === user.id ? 'admin' : (repo.collaborators.get(user.id) ?? (repo.private ? undefined : 'read'));
      return {
        status: 200,
        json: { permission: level ? OLD[level] : 'none', role_name: level ?? '', user: { ...presentUser(call.hub, user), role_name: level ?? '' } },
      };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/milestones',
    docs: 'issues/milestones#list-milestones',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      const state = call.query.get('state') ?? 'open';
      return paged(
        call,
        repo.milestones.filter((milestone) => state === 'all' || milestone.state === state),
        (milestone) => presentMilestone(call.hub, repo, milestone),
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/milestones',
    docs: 'issues/milestones#create-a-milestone',
    permission: 'issues=write',
    handle(call) {
      const repo = writableIn(call, 'triage');
      const title = textIn(call.body, 'title') ?? '';
      if (title.trim() === '') throw invalid({ resource: 'Milestone', code: 'missing_field', field: 'title' });
      if (repo.milestones.some((one) => one.title === title)) throw invalid({ resource: 'Milestone', code: 'already_exists', field: 'title' });
      return { status: 201, json: presentMilestone(call.hub, repo, addMilestone(call, repo, title)) };
    },
  },
];

function addMilestone({ hub, user, body }: Call, repo: Repo, title: string) {
  const at = stamp(hub);
  const milestone = {
    id: hub.nextId(),
    number: repo.milestones.length + 1,
    title,
    description: textIn(body, 'description') ?? null,
    state: body.state === 'closed' ? ('closed' as const) : ('open' as const),
    due_on: textIn(body, 'due_on') ?? null,
    creator: user.id,
    created_at: at,
    updated_at: at,
    closed_at: null,
  };
  repo.milestones.push(milestone);
  return milestone;
}

/** What a route takes is checked against the repository of its path. */
export function checkRoutePermission(call: Call, permission: string | undefined): void {
  if (permission === undefined || call.params.owner === undefined || call.params.repo === undefined) return;
  checkPermission(call.hub, call.access, permission, repoIn(call));
}
