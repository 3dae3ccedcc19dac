import { z } from 'zod';
import type { OperationsFor } from '../operations.ts';
import { ProblemView, Progress, QueueView, RunView, TwinPage, TwinQuery, TwinView } from '../schemas.ts';
import { type App, as, failures } from './route.ts';

const params = z.object({ id: z.string() });
const tags = ['twins'];

export function twinRoutes(app: App, ops: OperationsFor): void {
  app.get(
    '/twins',
    {
      schema: {
        tags,
        summary: 'Twins, newest first; by the URN of either side, or of one connection',
        operationId: 'listTwins',
        querystring: TwinQuery,
        response: { 200: TwinPage, ...failures },
      },
    },
    async (request) => as(ops, request).twins(request.query),
  );
  app.get(
    '/twins/:id',
    { schema: { tags, summary: 'Sync status of one pair of entities', operationId: 'getTwin', params, response: { 200: TwinView, ...failures } } },
    async (request) => as(ops, request).twin(request.params.id),
  );
  app.get(
    '/twins/:id/progress',
    { schema: { tags, summary: 'How far its newest change has come', operationId: 'getProgress', params, response: { 200: Progress, ...failures } } },
    async (request) => as(ops, request).progress(request.params.id),
  );
  app.get(
    '/twins/:id/runs',
    {
      schema: {
        tags,
        summary: 'Its timeline, newest first',
        operationId: 'listRuns',
        params,
        response: { 200: z.object({ runs: z.array(RunView) }), ...failures },
      },
    },
    async (request) => ({ runs: await as(ops, request).runs(request.params.id) }),
  );
  app.post(
    '/twins/:id/retry',
    { schema: { tags, summary: 'Looks at it again from its current state', operationId: 'retryTwin', params, response: { 202: TwinView, ...failures } } },
    async (request, reply) => reply.code(202).send(await as(ops, request).retry(request.params.id)),
  );
  app.get(
    '/errors',
    {
      schema: {
        tags: ['errors'],
        summary: 'Everything that does not go on by itself, or waits',
        operationId: 'listErrors',
        response: { 200: z.object({ errors: z.array(ProblemView) }), ...failures },
      },
    },
    async (request) => ({ errors: await as(ops, request).problems() }),
  );
  app.post(
    '/errors/retry',
    {
      schema: {
        tags: ['errors'],
        summary: 'Retries every twin that has a problem',
        operationId: 'retryErrors',
        body: z.strictObject({ connection: z.string().min(1).optional() }),
        response: { 202: z.object({ retried: z.int() }), ...failures },
      },
    },
    async (request, reply) => reply.code(202).send({ retried: await as(ops, request).retryAll(request.body.connection ?? null) }),
  );
  app.get(
    '/queue',
    { schema: { tags: ['queue'], summary: 'How much work waits', operationId: 'getQueue', response: { 200: QueueView, ...failures } } },
    async (request) => as(ops, request).queue(),
  );
}
