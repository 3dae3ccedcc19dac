import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
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
