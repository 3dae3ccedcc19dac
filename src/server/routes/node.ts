import { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { Authentication } from '../authentication.ts';
import type { OperationsFor } from '../operations.ts';
import { NodeView } from '../schemas.ts';
import { GuardInput } from '../schemas-people.ts';
import { type App, as, failures } from './route.ts';

const tags = ['node'];

/** For load balancers and the sign-in page: open to everybody, and says nothing about tenants. */
export function healthRoutes(app: App, ops: OperationsFor, authentication: Authentication, version: string): void {
  app.get(
    '/health',
    {
      schema: {
        tags,
        summary: 'Is the process alive?',
        operationId: 'getHealth',
        security: [],
        response: { 200: z.object({ status: z.literal('ok'), version: z.string() }), ...failures },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  );
  app.get(
    '/ready',
    {
      schema: {
        tags,
        summary: 'Can it work, and has somebody set it up?',
        operationId: 'getReady',
        security: [],
        response: { 200: z.object({ status: z.literal('ready'), setUp: z.boolean() }), ...failures },
      },
    },
    async () => {
      try {
        await ops.ready();
        return { status: 'ready' as const, setUp: await authentication.hasOwner() };
      } catch (error) {
        throw new EntenteError('node-unreachable', 'The node is up, but its database does not answer.', {}, error);
      }
    },
  );
}

export function nodeRoutes(app: App, ops: OperationsFor): void {
  app.get(
    '/node',
    { schema: { tags, summary: 'This node, and who is calling', operationId: 'getNode', response: { 200: NodeView, ...failures } } },
    async (request) => as(ops, request).node(),
  );
  app.post(
    '/node/guard',
    {
      schema: {
        tags,
        summary: 'Says whether this is the real node or a copy of one',
        operationId: 'answerGuard',
        body: GuardInput,
        response: { 200: NodeView, ...failures },
      },
    },
    async (request) => as(ops, request).answerGuard(request.body),
  );
  app.post(
    '/node/key',
    {
      schema: { tags, summary: 'Makes a new key pair and tells every peer', operationId: 'rotateKey', response: { 200: NodeView, ...failures } },
    },
    async (request) => as(ops, request).rotateKey(),
  );
}
