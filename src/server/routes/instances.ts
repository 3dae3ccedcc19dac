import { z } from 'zod';
import type { Operations } from '../operations.ts';
import { CheckView, InstanceInput, InstancePatch, InstanceView, PlatformView, ScopeView, TypeView } from '../schemas.ts';
import { type App, failures, whileListening } from './route.ts';

const params = z.object({ slug: z.string() });
const tags = ['instances'];

export function instanceRoutes(app: App, ops: Operations): void {
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
    async () => ({ platforms: await ops.platforms() }),
  );
  app.get(
    '/instances',
    {
      schema: { tags, summary: 'All instances', operationId: 'listInstances', response: { 200: z.object({ instances: z.array(InstanceView) }), ...failures } },
    },
    async () => ({ instances: await ops.instances() }),
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
    async (request, reply) => reply.code(201).send(await ops.addInstance(request.body, whileListening(reply))),
  );
  app.get(
    '/instances/:slug',
    { schema: { tags, summary: 'One instance', operationId: 'getInstance', params, response: { 200: InstanceView, ...failures } } },
    async (request) => ops.instance(request.params.slug),
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
    async (request, reply) => ops.changeInstance(request.params.slug, request.body, whileListening(reply)),
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
    async (request, reply) => ops.checkInstance(request.params.slug, whileListening(reply)),
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
    async (request, reply) => ({ scopes: await ops.scopes(request.params.slug, whileListening(reply)) }),
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
    async (request, reply) => ({ types: await ops.types(request.params.slug, request.query.scope ?? null, whileListening(reply)) }),
  );
}
