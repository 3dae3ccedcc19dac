import { z } from 'zod';
import type { OperationsFor } from '../operations.ts';
import { ConnectionInput, ConnectionView, Progress, RunView, SyncInput } from '../schemas.ts';
import { ConnectionPatch } from '../schemas-connecting.ts';
import { whenSettled } from './progress.ts';
import { type App, as, failures, whileListening } from './route.ts';

const params = z.object({ name: z.string().describe('Slug or name.') });
const tags = ['connections'];

export function connectionRoutes(app: App, ops: OperationsFor): void {
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
    async (request) => ({ connections: await as(ops, request).connections() }),
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
    async (request, reply) => reply.code(201).send(await as(ops, request).createConnection(request.body, whileListening(reply))),
  );
  app.get(
    '/connections/:name',
    { schema: { tags, summary: 'One connection', operationId: 'getConnection', params, response: { 200: ConnectionView, ...failures } } },
    async (request) => as(ops, request).connection(request.params.name),
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
    async (request) => as(ops, request).setActive(request.params.name, true),
  );
  app.post(
    '/connections/:name/deactivate',
    {
      schema: { tags, summary: 'Nothing moves; changes are kept', operationId: 'deactivateConnection', params, response: { 200: ConnectionView, ...failures } },
    },
    async (request) => as(ops, request).setActive(request.params.name, false),
  );
  app.patch(
    '/connections/:name',
    {
      schema: {
        tags,
        summary: 'Changes the name or the description, on both sides',
        operationId: 'changeConnection',
        params,
        body: ConnectionPatch,
        response: { 200: ConnectionView, ...failures },
      },
    },
    async (request) => as(ops, request).changeConnection(request.params.name, request.body),
  );
  app.delete(
    '/connections/:name',
    {
      schema: {
        tags,
        summary: 'Ends it on both sides; tickets stay, links go',
        operationId: 'removeConnection',
        params,
        response: { 204: z.null().describe('Done.'), ...failures },
      },
    },
    async (request, reply) => {
      await as(ops, request).removeConnection(request.params.name);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/connections/:name/mapping',
    {
      schema: {
        tags,
        summary: 'Which entity belongs to which, as CSV',
        operationId: 'exportMapping',
        params,
        response: { 200: z.string().describe('text/csv'), ...failures },
      },
    },
    async (request, reply) => {
      // Before anything is said of the answer: a refusal is JSON.
      const csv = await as(ops, request).mapping(request.params.name);
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="mapping.csv"')
        .serializer(String)
        .send(csv);
    },
  );
  app.get(
    '/connections/:name/runs',
    {
      schema: {
        tags,
        summary: 'What happened lately, newest first',
        operationId: 'listConnectionRuns',
        params,
        response: { 200: z.object({ runs: z.array(RunView) }), ...failures },
      },
    },
    async (request) => ({ runs: await as(ops, request).connectionRuns(request.params.name) }),
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
      const progress = await as(ops, request).sync(request.params.name, request.body.urn, listening);
      return reply
        .code(202)
        .send(request.body.wait ? await whenSettled(as(ops, request), progress.twin.id, AbortSignal.any([listening, AbortSignal.timeout(60_000)])) : progress);
    },
  );
}
