import { maySeeProject } from './access.ts';
import { projectIn, type Route } from './call.ts';
import { notFound } from './errors.ts';
import { paged } from './paging.ts';
import { presentProject, presentUser } from './present.ts';
import { timestamp, userOf } from './site.ts';

/** Who asks, with which token, and the projects that there are. */
export const projectRoutes: Route[] = [
  {
    method: 'GET',
    path: '/api/v4/user',
    handle: ({ site, user }) => ({
      status: 200,
      json: { ...presentUser(site, user), created_at: user.created_at, bot: user.bot, email: user.email, public_email: null, confirmed_at: user.created_at },
    }),
  },
  {
    method: 'GET',
    path: '/api/v4/personal_access_tokens/self',
    handle({ site, token }) {
      if (token.kind !== 'personal') throw notFound();
      const { id, name, revoked, created_at, scopes, userId, expires_at } = token;
      return {
        status: 200,
        json: { id, name, revoked, created_at, description: null, scopes, user_id: userId, last_used_at: timestamp(site), active: true, expires_at },
      };
    },
  },
  {
    method: 'GET',
    path: '/oauth/token/info',
    handle: ({ token }) => ({
      status: 200,
      json: {
        resource_owner_id: token.userId,
        scope: token.scopes,
        expires_in: 7200,
        application: { uid: 'entente' },
        created_at: Date.parse(token.created_at) / 1000,
      },
    }),
  },
  { method: 'GET', path: '/api/v4/version', handle: () => ({ status: 200, json: { version: '19.0.0-ee', revision: 'simulated' } }) },
  {
    method: 'GET',
    path: '/api/v4/projects',
    handle(call) {
      const { site, user, query } = call;
      const least = Number(query.get('min_access_level') ?? 0);
      const mine = query.get('membership') === 'true';
      const listed = site.projects.filter(
        (project) => maySeeProject(project, user) && (!mine || project.members.has(user.id)) && (least === 0 || (project.members.get(user.id) ?? 0) >= least),
      );
      return paged(call, listed, (project) => presentProject(site, project, user));
    },
  },
  { method: 'GET', path: '/api/v4/projects/:id', handle: (call) => ({ status: 200, json: presentProject(call.site, projectIn(call), call.user) }) },
  {
    method: 'GET',
    path: '/api/v4/projects/:id/labels',
    handle: (call) => paged(call, [...projectIn(call).labels].sort(), (name) => ({ id: 1, name, description: null, color: '#1f5a8a', is_project_label: true })),
  },
  {
    method: 'GET',
    path: '/api/v4/projects/:id/members/all',
    handle: (call) =>
      paged(call, [...projectIn(call).members], ([id, level]) => ({ ...presentUser(call.site, userOf(call.site, id)), access_level: level, expires_at: null })),
  },
];
