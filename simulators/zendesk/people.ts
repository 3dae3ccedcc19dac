import type { Answer } from '../http/answer.ts';
import { type Account, addUser, timestamp, userByEmail } from './account.ts';
import type { Call, Route } from './call.ts';
import { forbidden, invalidAttribute, invalidRecord, invalidValue, notFound } from './errors.ts';
import type { Role, User } from './model.ts';
import { paginate } from './pages.ts';
import { presentUser } from './present.ts';

const scope = 'users';
const ROLES: Role[] = ['admin', 'agent', 'end-user'];

/** Users: reading, finding by e-mail, and creating the people that a ticket needs. */
export const peopleRoutes: Route[] = [
  { method: 'GET', path: '/api/v2/users/me', access: 'anonymous', scope, handle: me },
  { method: 'GET', path: '/api/v2/users', access: 'agent', scope, handle: list },
  { method: 'GET', path: '/api/v2/users/show_many', access: 'agent', scope, handle: showMany },
  { method: 'GET', path: '/api/v2/users/search', access: 'agent', scope, handle: search },
  { method: 'GET', path: '/api/v2/users/:id', access: 'agent', scope, handle: show },
  { method: 'POST', path: '/api/v2/users', access: 'agent', scope, handle: (call) => create(call, false) },
  { method: 'POST', path: '/api/v2/users/create_or_update', access: 'agent', scope, handle: (call) => create(call, true) },
];

/** The vendor answers an unsigned request here with an anonymous user, not with 401: having an answer proves nothing. */
export const ANONYMOUS: User = {
  id: 0,
  name: 'Anonymous user',
  email: null,
  role: 'end-user',
  suspended: false,
  external_id: null,
  organization_id: null,
  ticket_restriction: null,
  only_private_comments: false,
  group_ids: [],
  created_at: '1970-01-01T00:00:00Z',
  updated_at: '1970-01-01T00:00:00Z',
};

function me(call: Call): Answer {
  if (call.user === ANONYMOUS)
    return { status: 200, json: { user: { id: null, name: 'Anonymous user', email: 'invalid@example.com', role: 'end-user', verified: false } } };
  return { status: 200, json: { user: presentUser(call.account, call.user) } };
}

function list(call: Call): Answer {
  const roles = [...call.query.getAll('role'), ...call.query.getAll('role[]')];
  return answerList(
    call,
    [...call.account.users.values()].filter((user) => roles.length === 0 || roles.includes(user.role)),
  );
}

function showMany(call: Call): Answer {
  const ids = (call.query.get('ids') ?? '').split(',').filter(Boolean).map(Number);
  const external = (call.query.get('external_ids') ?? '').split(',').filter(Boolean);
  if (ids.length > 100 || external.length > 100) throw invalidValue('ids: at most 100 users can be shown at once');
  return answerList(
    call,
    [...call.account.users.values()].filter((user) => ids.includes(user.id) || external.includes(user.external_id ?? '')),
  );
}

/** `query=` takes an address, `email:address`, or words of a name. */
function search(call: Call): Answer {
  const external = call.query.get('external_id');
  const query = (call.query.get('query') ?? '').trim().toLowerCase();
  if (external === null && query === '') throw invalidValue('query: cannot be blank');
  const email = /^(?:type:user\s+)?email:"?([^"\s]+)"?$/.exec(query)?.[1];
  const found = [...call.account.users.values()].filter((user) => {
    if (external !== null) return user.external_id === external;
    if (email !== undefined) return user.email === email;
    return user.email === query || user.name.toLowerCase().includes(query) || (user.email?.startsWith(query) ?? false);
  });
  return answerList(call, found);
}

function show(call: Call): Answer {
  const user = call.account.users.get(Number(call.params.id));
  if (!user) throw notFound();
  return { status: 200, json: { user: presentUser(call.account, user) } };
}

function create(call: Call, orUpdate: boolean): Answer {
  const given = call.body.user;
  if (typeof given !== 'object' || given === null) throw invalidAttribute('user');
  const input = given as Record<string, unknown>;
  const name = typeof input.name === 'string' ? input.name.trim() : '';
  const email = typeof input.email === 'string' ? input.email.trim() : null;
  const role = ROLES.find((one) => one === input.role) ?? 'end-user';
  if (name === '') throw invalidRecord({ name: [{ description: 'Name: cannot be blank', error: 'BlankValue' }] });
  if (role !== 'end-user' && call.user.role !== 'admin') throw forbidden();
  const known = email === null ? undefined : userByEmail(call.account, email);
  if (known && !orUpdate) throw invalidRecord({ email: [{ description: `Email: ${email} is already being used by another user`, error: 'DuplicateValue' }] });
  const external = typeof input.external_id === 'string' ? input.external_id : null;
  const user = known ?? addUser(call.account, { name, email, role, external_id: external });
  if (known) Object.assign(known, { name, updated_at: timestamp(call.account), ...(external === null ? {} : { external_id: external }) });
  return {
    status: known ? 200 : 201,
    headers: { location: `${call.account.url}/api/v2/users/${user.id}.json` },
    json: { user: presentUser(call.account, user) },
  };
}

function answerList(call: Call, users: User[]): Answer {
  const { page, paging } = paginate(users, { key: (user) => user.id, id: (user) => user.id }, call.query, `${call.account.url}${call.path}`);
  return { status: 200, json: { users: page.map((user) => presentUser(call.account, user)), ...paging } };
}

/** The users that work on tickets. */
export function agentsOf(account: Account): User[] {
  return [...account.users.values()].filter((user) => user.role !== 'end-user' && !user.suspended);
}
