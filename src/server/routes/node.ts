import { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { Authentication } from '../authentication.ts';
import type { Operations } from '../operations.ts';
import { NodeView } from '../schemas.ts';
import { type App, failures } from './route.ts';

const tags = ['node'];

/** For load balancers and the sign-in page: open to everybody, and says nothing about tenants. */
export function healthRoutes(app: App, ops: Operations, authentication: Authentication, version: string): void {
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

export function nodeRoutes(app: App, url: () => string, version: string): void {
  app.get(
    '/node',
    { schema: { tags, summary: 'This node, and who is calling', operationId: 'getNode', response: { 200: NodeView, ...failures } } },
    async (request) => ({ version, url: url(), user: request.caller ? { name: request.caller.name, email: request.caller.email ?? '' } : null }),
  );
}
