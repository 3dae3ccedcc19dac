import { z } from 'zod';
import type { OperationsFor } from '../operations.ts';
import { EventPage } from '../schemas-connecting.ts';
import * as schemas from '../schemas-people.ts';
import { type App, as, failures } from './route.ts';

const tags = ['members'];
const slug = z.object({ slug: z.string() });
const member = z.object({ slug: z.string(), id: z.string() });
const done = { 204: z.null().describe('Done.'), ...failures };

/** Who may do what: members of an instance, tokens, and what was done. */
export function peopleRoutes(app: App, ops: OperationsFor): void {
  app.get(
    '/instances/:slug/members',
    {
      schema: {
        tags,
        summary: 'Who may do what here',
        operationId: 'listMembers',
        params: slug,
        response: { 200: z.object({ members: z.array(schemas.MemberView) }), ...failures },
      },
    },
    async (request) => ({ members: await as(ops, request).members(request.params.slug) }),
  );
  app.post(
    '/instances/:slug/members',
    {
      schema: {
        tags,
        summary: 'Adds somebody; who has no account gets an address to join with',
        operationId: 'addMember',
        params: slug,
        body: schemas.MemberInput,
        response: { 201: schemas.MemberView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).addMember(request.params.slug, request.body)),
  );
  app.patch(
    '/instances/:slug/members/:id',
    {
      schema: {
        tags,
        summary: 'Changes the role',
        operationId: 'changeMember',
        params: member,
        body: schemas.MemberPatch,
        response: { 200: schemas.MemberView, ...failures },
      },
    },
    async (request) => as(ops, request).changeMember(request.params.slug, request.params.id, request.body.role),
  );
  app.delete(
    '/instances/:slug/members/:id',
    { schema: { tags, summary: 'Removes somebody', operationId: 'removeMember', params: member, response: done } },
    async (request, reply) => {
      await as(ops, request).removeMember(request.params.slug, request.params.id);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/tokens',
    { schema: { tags, summary: 'API tokens', operationId: 'listTokens', response: { 200: z.object({ tokens: z.array(schemas.TokenView) }), ...failures } } },
    async (request) => ({ tokens: await as(ops, request).tokens() }),
  );
  app.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'Makes a token; it is shown this once',
        operationId: 'createToken',
        body: schemas.TokenInput,
        response: { 201: schemas.TokenView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).createToken(request.body)),
  );
  app.delete(
    '/tokens/:name',
    {
      schema: {
        tags,
        summary: 'Ends a token',
        operationId: 'removeToken',
        params: z.object({ name: z.string() }),
        querystring: z.object({ instance: z.string().min(1).optional().describe('Slug; where several instances have a token of that name.') }),
        response: done,
      },
    },
    async (request, reply) => {
      await as(ops, request).removeToken(request.params.name, request.query.instance ?? null);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'What was done, by whom, newest first',
        operationId: 'listEvents',
        querystring: z.object({ instance: z.string().min(1).optional(), connection: z.string().min(1).optional(), after: z.string().optional() }),
        response: { 200: EventPage, ...failures },
      },
    },
    async ({ query, caller }) =>
      as(ops, { caller }).events({ instance: query.instance ?? null, connection: query.connection ?? null, after: query.after ?? null }),
  );
}

/** For those who have no account yet: open to everybody who holds the address. */
export function joinRoutes(app: App, ops: OperationsFor): void {
  const params = z.object({ token: z.string().min(1).max(200) });
  app.get(
    '/join/:token',
    {
      schema: {
        tags,
        summary: 'What an address to join with is for',
        operationId: 'getJoin',
        security: [],
        params,
        response: { 200: schemas.JoinView, ...failures },
      },
    },
    async (request) => ops.joining(request.params.token),
  );
  app.post(
    '/join/:token',
    {
      schema: {
        tags,
        summary: 'Creates the account',
        operationId: 'join',
        security: [],
        params,
        body: schemas.JoinInput,
        response: { 201: z.object({ email: z.string() }), ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await ops.join(request.params.token, request.body)),
  );
}
