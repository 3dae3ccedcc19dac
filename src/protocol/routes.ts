import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../core/errors.ts';
import { renderError } from '../server/errors.ts';
import { whileListening } from '../server/routes/route.ts';
import { MAX_BODY } from './client.ts';
import type { WellKnown } from './discover.ts';
import { type Admitted, type Incoming, type Outgoing, partsOf, type Reception } from './reception.ts';

export interface ProtocolRoutesDeps {
  readonly reception: Reception;
  /** What is told to anybody; `tracker`: the address of a tracker. Throws EntenteError. */
  wellKnown(query: { readonly instance: string | null; readonly tracker: string | null }): Promise<WellKnown>;
  /** Path of the public address, without a slash at its end: a proxy in front may take it away. */
  readonly prefix: string;
}

/** For the whole body. */
const BODY_MS = 20_000;
const BASE = '/entente/v1/';

declare module 'fastify' {
  interface FastifyRequest {
    admitted: Admitted | null;
  }
}

/** What other nodes call. Register it in a scope of its own: it reads raw bodies. */
export async function protocolRoutes(app: FastifyInstance, deps: ProtocolRoutesDeps): Promise<void> {
  const { reception, prefix } = deps;
  app.removeAllContentTypeParsers();
  // The digest is over the bytes that came.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body));
  app.decorateRequest('admitted', null);

  app.get('/.well-known/entente', { schema: { hide: true } }, async (request, reply) => {
    const { instance, tracker } = request.query as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 2000) : null);
    reply.header('cache-control', 'no-store');
    return deps.wellKnown({ instance: text(instance), tracker: text(tracker) });
  });

  app.post(
    `${BASE}*`,
    {
      schema: { hide: true },
      bodyLimit: MAX_BODY,
      // Whoever may not speak is told so before more than the headers is read.
      async onRequest(request, reply) {
        const incoming = incomingOf(request, prefix);
        try {
          request.admitted = await reception.admit(incoming);
          endSlow(request);
        } catch (error) {
          // What is left of a body is thrown away unread: a connection that is closed on it would lose the answer.
          if (!(Number(request.headers['content-length']) <= MAX_BODY)) reply.header('connection', 'close');
          endSlow(request);
          await give(reply, reception.refuse(incoming, error));
          return reply;
        }
        return undefined;
      },
      errorHandler: async (error, request, reply) => give(reply, reception.refuse(incomingOf(request, prefix), error)),
    },
    async (request, reply) => {
      const { admitted } = request;
      if (!admitted) throw new EntenteError('internal');
      await give(reply, await reception.answer(admitted, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), whileListening(reply)));
      return reply;
    },
  );

  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = renderError(error);
    return reply.code(status).send(body);
  });
}

/** A body that does not come is not waited for. */
function endSlow({ raw }: FastifyRequest): void {
  const timer = setTimeout(() => raw.destroy(), BODY_MS);
  for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(timer));
}

function incomingOf(request: FastifyRequest, prefix: string): Incoming {
  const path = request.url.split('?')[0] ?? '';
  const at = path.indexOf(BASE);
  return {
    path: prefix !== '' && !path.startsWith(`${prefix}/`) ? prefix + path : path,
    parts: partsOf(path.slice(at + BASE.length)),
    headers: request.headers,
    from: request.ip,
  };
}

async function give(reply: FastifyReply, { status, headers, body }: Outgoing): Promise<void> {
  if (Buffer.isBuffer(body)) {
    await reply
      .code(status)
      .headers({ ...headers, 'cache-control': 'no-store' })
      .send(body);
    return;
  }
  reply.hijack();
  reply.raw.writeHead(status, { ...headers, 'cache-control': 'no-store' });
  // A caller that has gone, or a source that fails: the connection ends, and the caller goes on from there.
  await pipeline(body, reply.raw).catch(() => reply.raw.destroy());
}
