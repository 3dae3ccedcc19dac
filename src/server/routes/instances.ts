import { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { OperationsFor } from '../operations.ts';
import { CheckView, InstanceInput, InstancePatch, InstanceView, PlatformView, ScopeView, TrialInput, TypeView } from '../schemas.ts';
import { type App, as, failures, whileListening } from './route.ts';

const params = z.object({ slug: z.string() });
const tags = ['instances'];

export function instanceRoutes(app: App, ops: OperationsFor): void {
  app.get(
    '/platforms',
    {
      schema: {
        tags,
        summary: 'The platforms that this node can connect',
        operationId: 'listPlatforms',
        response: { 200: z.object({ platforms: z.array(PlatformView) }), ...failures },
      },
    },
    async (request) => ({ platforms: await as(ops, request).platforms() }),
  );
  app.get(
    '/instances',
    {
      schema: { tags, summary: 'All instances', operationId: 'listInstances', response: { 200: z.object({ instances: z.array(InstanceView) }), ...failures } },
    },
    async (request) => ({ instances: await as(ops, request).instances() }),
  );
  app.post(
    '/instances',
    {
      schema: {
        tags,
        summary: 'Adds an instance after checking its credentials',
        operationId: 'addInstance',
        body: InstanceInput,
        response: { 201: z.object({ instance: InstanceView, check: CheckView }), ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await as(ops, request).addInstance(request.body, whileListening(reply))),
  );
  app.get(
    '/instances/:slug',
    { schema: { tags, summary: 'One instance', operationId: 'getInstance', params, response: { 200: InstanceView, ...failures } } },
    async (request) => as(ops, request).instance(request.params.slug),
  );
  app.patch(
    '/instances/:slug',
    {
      schema: {
        tags,
        summary: 'Changes the name, the default entity type, settings or credentials',
        operationId: 'changeInstance',
        params,
        body: InstancePatch,
        response: { 200: InstanceView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).changeInstance(request.params.slug, request.body, whileListening(reply)),
  );
  app.post(
    '/instances/:slug/check',
    {
      schema: {
        tags,
        summary: 'Tries the credentials and lists the permissions that are missing',
        operationId: 'checkInstance',
        params,
        response: { 200: CheckView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).checkInstance(request.params.slug, whileListening(reply)),
  );
  app.post(
    '/instances/check',
    {
      schema: {
        tags,
        summary: 'Tries settings that are not stored',
        operationId: 'tryInstance',
        body: TrialInput,
        response: { 200: CheckView, ...failures },
      },
    },
    async (request, reply) => as(ops, request).tryInstance(request.body, whileListening(reply)),
  );
  app.delete(
    '/instances/:slug',
    {
      schema: {
        tags,
        summary: 'Removes an instance that has no connections',
        operationId: 'removeInstance',
        params,
        response: { 204: z.null().describe('Done.'), ...failures },
      },
    },
    async (request, reply) => {
      await as(ops, request).removeInstance(request.params.slug);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/instances/:slug/app',
    {
      schema: {
        tags,
        summary: 'The app that puts Entente into the tracker’s own pages, as a zip file',
        operationId: 'getInstanceApp',
        params,
        response: { 200: z.string().describe('application/zip'), ...failures },
      },
    },
    async (request, reply) => {
      const app = await as(ops, request).instanceApp(request.params.slug);
      if (!app) throw new EntenteError('not-found', 'This platform has no app.');
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', `attachment; filename="${app.name}"`)
        .serializer((content: unknown) => content as string)
        .send(app.content as never);
    },
  );
  app.get(
    '/instances/:slug/scopes',
    {
      schema: {
        tags,
        summary: 'Where entities can be created; empty where the platform has no such thing',
        operationId: 'listScopes',
        params,
        response: { 200: z.object({ scopes: z.array(ScopeView) }), ...failures },
      },
    },
    async (request, reply) => ({ scopes: await as(ops, request).scopes(request.params.slug, whileListening(reply)) }),
  );
  app.get(
    '/instances/:slug/types',
    {
      schema: {
        tags,
        summary: 'The entity types',
        operationId: 'listTypes',
        params,
        querystring: z.object({ scope: z.string().optional() }),
        response: { 200: z.object({ types: z.array(TypeView) }), ...failures },
      },
    },
    async (request, reply) => ({ types: await as(ops, request).types(request.params.slug, request.query.scope ?? null, whileListening(reply)) }),
  );
}
