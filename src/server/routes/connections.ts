import { z } from 'zod';
import type { Operations } from '../operations.ts';
import { ConnectionInput, ConnectionView, Progress, SyncInput } from '../schemas.ts';
import { whenSettled } from './progress.ts';
import { type App, failures, whileListening } from './route.ts';

const params = z.object({ name: z.string().describe('Slug or name.') });
const tags = ['connections'];

export function connectionRoutes(app: App, ops: Operations): void {
  app.get(
    '/connections',
    {
      schema: {
        tags,
        summary: 'All connections',
        operationId: 'listConnections',
        response: { 200: z.object({ connections: z.array(ConnectionView) }), ...failures },
      },
    },
    async () => ({ connections: await ops.connections() }),
  );
  app.post(
    '/connections',
    {
      schema: {
        tags,
        summary: 'Connects two instances of this node',
        operationId: 'createConnection',
        body: ConnectionInput,
        response: { 201: ConnectionView, ...failures },
      },
    },
    async (request, reply) => reply.code(201).send(await ops.createConnection(request.body, whileListening(reply))),
  );
  app.get(
    '/connections/:name',
    { schema: { tags, summary: 'One connection', operationId: 'getConnection', params, response: { 200: ConnectionView, ...failures } } },
    async (request) => ops.connection(request.params.name),
  );
  app.post(
    '/connections/:name/activate',
    {
      schema: {
        tags,
        summary: 'Moves again; what was kept goes out',
        operationId: 'activateConnection',
        params,
        response: { 200: ConnectionView, ...failures },
      },
    },
    async (request) => ops.setActive(request.params.name, true),
  );
  app.post(
    '/connections/:name/deactivate',
    {
      schema: { tags, summary: 'Nothing moves; changes are kept', operationId: 'deactivateConnection', params, response: { 200: ConnectionView, ...failures } },
    },
    async (request) => ops.setActive(request.params.name, false),
  );
  app.post(
    '/connections/:name/sync',
    {
      schema: {
        tags,
        summary: 'Puts an entity under sync',
        operationId: 'syncEntity',
        params,
        body: SyncInput,
        response: { 202: Progress, ...failures },
      },
    },
    async (request, reply) => {
      const listening = whileListening(reply);
      const progress = await ops.sync(request.params.name, request.body.urn, listening);
      return reply
        .code(202)
        .send(request.body.wait ? await whenSettled(ops, progress.twin.id, AbortSignal.any([listening, AbortSignal.timeout(60_000)])) : progress);
    },
  );
}
