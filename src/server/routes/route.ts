import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { EntenteError } from '../../core/errors.ts';
import type { Operations, OperationsFor } from '../operations.ts';
import { ErrorAnswer } from '../schemas.ts';

/** The server as routes see it: request and answer types come from the zod schemas. */
export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>;

/** Every route can answer with an error. */
export const failures = { '4xx': ErrorAnswer, '5xx': ErrorAnswer } as const;

/** Aborts when the caller has gone, or has been answered. (Fastify's own signal follows the request's body, which is over much earlier.) */
export function whileListening(reply: FastifyReply): AbortSignal {
  const ending = new AbortController();
  reply.raw.once('close', () => ending.abort(new Error('The caller has gone.')));
  return ending.signal;
}

/** What the caller of a request may do. The hook in front of the routes has found out who that is. */
export function as(operations: OperationsFor, request: Pick<FastifyRequest, 'caller'>): Operations {
  if (!request.caller) throw new EntenteError('sign-in-needed');
  return operations.as(request.caller);
}
