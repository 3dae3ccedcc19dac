import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from './call.ts';
import { ApiError, badCredentials, notFound, requiresAuthentication } from './errors.ts';
import { type Hub, userOf } from './hub.ts';
import { isAppJwt, verifyAppJwt } from './jwt.ts';
import type { Installation, Level, Permission, Repo, Token, User } from './model.ts';

/** Who asks: with a token of a user or an installation, as the App itself, or nobody that is known. */
export type Access = { kind: 'anonymous' } | { kind: 'app' } | { kind: 'token'; token: Token; user: User; installation: Installation | null };

/** By `Bearer`, `token` or the password of a Basic sign-in. Throws the vendor's 401. */
export function authenticate(hub: Hub, headers: IncomingHttpHeaders): Access {
  const given = headers.authorization;
  if (given === undefined || given.trim() === '') return { kind: 'anonymous' };
  const [scheme = '', credentials = ''] = given.trim().split(/\s+/, 2);
  const value = scheme.toLowerCase() === 'basic' ? (Buffer.from(credentials, 'base64').toString('utf8').split(':')[1] ?? '') : credentials;
  if (!['bearer', 'token', 'basic'].includes(scheme.toLowerCase())) throw badCredentials();
  if (isAppJwt(value)) {
    verifyAppJwt(hub, value);
    return { kind: 'app' };
  }
  const token = hub.tokens.find((one) => one.value === value);
  if (!token || (token.expiresAt !== null && token.expiresAt <= hub.clock.now())) throw badCredentials();
  const installation = hub.installations.find(({ id }) => id === token.installation) ?? null;
  if (token.installation !== null && !installation) throw badCredentials();
  if (installation?.suspended_at) throw new ApiError(403, 'This installation has been suspended');
  return { kind: 'token', token, user: userOf(hub, token.user), installation };
}

/** Whose budgets a request counts against. */
export function whoOf(access: Access): string {
  if (access.kind !== 'token') return access.kind;
  return access.installation ? `installation ${access.installation.id}` : `user ${access.user.id}`;
}

/** Throws where the kind of sign-in is not the route's. */
export function authorise({ who = 'signed-in' }: Route, access: Access): void {
  if (who === 'app') {
    if (access.kind === 'app') return;
    throw new ApiError(401, 'A JSON web token could not be decoded', {});
  }
  if (access.kind === 'app') throw who === 'anyone' ? badCredentials() : new ApiError(403, 'Resource not accessible by integration');
  if (who === 'anyone') return;
  if (access.kind === 'anonymous') throw requiresAuthentication();
  if (who === 'user' && access.installation) throw new ApiError(403, 'Resource not accessible by integration');
  if (who === 'installation' && !access.installation)
    throw new ApiError(403, 'You must authenticate with an installation access token in order to list repositories for an installation.');
}

/** What the caller may do in a repository; null: it does not exist for them. */
export function levelOn(_hub: Hub, access: Access, repo: Repo): Level | null {
  const open: Level | null = repo.private ? null : 'read';
  if (access.kind !== 'token') return open;
  const { token, installation } = access;
  if (token.kind !== 'classic' && token.repos !== 'all' && !token.repos.includes(repo.id)) return open;
  if (installation) return installation.account === repo.owner && (installation.repos === 'all' || installation.repos.includes(repo.id)) ? 'admin' : open;
  if (token.kind === 'classic' && !token.scopes.includes('repo')) {
    if (repo.private) return null;
    if (!token.scopes.includes('public_repo')) return 'read';
  }
  return repo.owner === access.user.id ? 'admin' : (repo.collaborators.get(access.user.id) ?? open);
}

const RANK: Record<Permission, number> = { read: 1, write: 2, admin: 3 };

/** Throws where the token has not been given what the route takes in this repository: 403 for the newer kinds of token, 404 for classic ones. */
export function checkPermission(hub: Hub, access: Access, permission: string | undefined, repo: Repo): void {
  if (permission === undefined) return;
  const [name, level] = permission.split('=') as [string, Permission];
  if (access.kind !== 'token') {
    if (level === 'read') return;
    throw requiresAuthentication();
  }
  const { token, installation } = access;
  if (token.kind === 'classic') {
    if (level === 'read' && name !== 'repository_hooks') return;
    const scopes = name === 'repository_hooks' ? ['repo', 'admin:repo_hook', 'write:repo_hook'] : ['repo', ...(repo.private ? [] : ['public_repo'])];
    if (!scopes.some((scope) => token.scopes.includes(scope))) throw notFound();
    return;
  }
  const reaches = token.repos === 'all' || token.repos.includes(repo.id);
  const granted = reaches && levelOn(hub, access, repo) !== null ? token.permissions[name] : undefined;
  if (granted !== undefined && RANK[granted] >= RANK[level]) return;
  // Public repositories can be read by anybody.
  if (level === 'read' && !repo.private && name !== 'repository_hooks') return;
  throw new ApiError(
    403,
    `Resource not accessible by ${installation ? 'integration' : 'personal access token'}`,
    {},
    { 'x-accepted-github-permissions': permission },
  );
}

/** The headers by which a caller learns what its token may do. */
export function accessHeaders(access: Access, route: Route): Record<string, string> {
  if (access.kind !== 'token') return {};
  const { token } = access;
  const expiry = token.kind !== 'installation' && token.expiresAt !== null;
  return {
    ...(token.kind === 'classic'
      ? {
          'x-oauth-scopes': token.scopes.join(', '),
          'x-accepted-oauth-scopes': route.permission?.startsWith('repository_hooks')
            ? 'admin:repo_hook, public_repo, read:repo_hook, repo, repo:invite, repo_deployment, repo:status, write:repo_hook'
            : 'repo',
        }
      : route.permission
        ? { 'x-accepted-github-permissions': route.permission }
        : {}),
    ...(expiry ? { 'github-authentication-token-expiration': `${new Date(token.expiresAt ?? 0).toISOString().slice(0, 19).replace('T', ' ')} UTC` } : {}),
  };
}
