import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What stands behind an address, or why nothing does. */
export type Opened =
  | { readonly stream: Readable; readonly name: string; readonly type: string; readonly size: number | null }
  | { readonly status: 404 | 410 | 502; readonly message: string };

/** Kinds that a browser shows as a picture and nothing else: everything else is a download. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']);

type Request = FastifyRequest<{ Params: { link: string; signed: string; name: string } }>;

/** `/files/…`: files of the other side, for trackers that take none. No sign-in: the address itself is the permission. */
export function fileLinkRoutes(open: (path: string, signal: AbortSignal) => Promise<Opened>): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    app.get('/files/:link/:signed/:name', { schema: { hide: true }, exposeHeadRoute: false }, async (request: Request, reply: FastifyReply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const opened = await open(request.url.split('?')[0] ?? '', gone.signal);
      // What people have attached never runs here, whatever it is.
      reply.header('content-security-policy', "default-src 'none'; sandbox").header('cross-origin-resource-policy', 'cross-origin');
      if ('message' in opened)
        return reply.code(opened.status).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(`${opened.message}\n`);
      const picture = PICTURES.has(opened.type);
      if (opened.size !== null) reply.header('content-length', opened.size);
      return reply
        .header('cache-control', 'private, max-age=3600')
        .header('content-disposition', `${picture ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(opened.name).replaceAll("'", '%27')}`)
        .type(picture ? opened.type : 'application/octet-stream')
        .send(opened.stream);
    });
  };
}
