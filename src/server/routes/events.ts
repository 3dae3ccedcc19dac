import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Operations, OperationsFor } from '../operations.ts';
import { follow } from './progress.ts';
import { type App, as, failures, whileListening } from './route.ts';

const tags = ['events'];
const stream = { 200: z.string().describe('text/event-stream'), ...failures };

/** Then a page comes again by itself, and is asked anew who it is: whoever may not look any more does not go on hearing. */
const STREAM_MS = 10 * 60_000;

/** Server-sent events. They say what was recorded, when it was recorded: nothing here runs by a clock except the keep-alive. */
export function eventRoutes(app: App, ops: OperationsFor, streamMs = STREAM_MS): void {
  const listening = (reply: FastifyReply) => AbortSignal.any([whileListening(reply), AbortSignal.timeout(streamMs)]);
  app.get(
    '/twins/:id/events',
    {
      schema: {
        tags,
        summary: 'The progress of one twin, as it happens (each message is a Progress)',
        operationId: 'followTwin',
        params: z.object({ id: z.string() }),
        response: stream,
      },
    },
    async (request, reply) => {
      // An unknown twin gets an error, not an empty stream.
      const own = as(ops, request);
      await own.twin(request.params.id);
      return send(reply, messages(follow(own, request.params.id, listening(reply))));
    },
  );
  app.get(
    '/events',
    { schema: { tags, summary: 'Says that something changed: {"twin": id or null}', operationId: 'followNode', response: stream } },
    async (request, reply) => send(reply, messages(changes(as(ops, request), listening(reply)))),
  );
}

/** What changed, with what came while the reader was busy put together. */
async function* changes(ops: Operations, signal: AbortSignal): AsyncGenerator<{ twin: string | null }> {
  const waiting = new Set<string | null>();
  let wake = () => {};
  const stop = ops.watch((twin) => {
    waiting.add(twin);
    wake();
  });
  const ended = () => wake();
  signal.addEventListener('abort', ended);
  try {
    yield { twin: null };
    while (!signal.aborted) {
      const next = [...waiting];
      waiting.clear();
      for (const twin of next) yield { twin };
      if (waiting.size === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop();
    signal.removeEventListener('abort', ended);
  }
}

async function* messages(source: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const message of source) yield `data: ${JSON.stringify(message)}\n\n`;
}

function send(reply: FastifyReply, source: AsyncGenerator<string>): FastifyReply {
  const body = Readable.from(source);
  // Proxies close a connection on which nothing comes for a minute.
  const alive = setInterval(() => reply.raw.write(': \n\n'), 25_000).unref();
  body.once('close', () => clearInterval(alive));
  return reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no').serializer(String).send(body);
}
