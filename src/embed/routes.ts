import '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../core/errors.ts';
import { policyWith } from '../server/policy.ts';
import { cookieIn, frameCookie } from './cookie.ts';
import type { Embed, Framed } from './embed.ts';
import { SESSION_MS } from './embed.ts';
import { plainPage, refusalPage } from './pages.ts';
import { type Refusal, refusals } from './refusals.ts';

/** Somebody who set out from a frame to the other side's console is back, in a tab of its own. */
export interface Back {
  readonly instance: string;
  readonly state: string;
  readonly code: string | null;
  readonly error: string | null;
}

export interface EmbedRoutesDeps {
  readonly embed: Embed;
  /** The node's public address. */
  readonly url: string;
  readonly cookieName: string;
  /** Is there a built console to show? */
  readonly console: boolean;
  /** Throws EntenteError. */
  finish(back: Back, signal: AbortSignal): Promise<'active' | 'refused' | 'expired'>;
}

type Request = FastifyRequest<{ Params: { slug: string }; Querystring: Record<string, string | undefined> }>;
const MAX_FORM_BYTES = 64 * 1024;

/** `/embed/…`: the console in a frame of the tracker. Only the tracker may hold it, and only these pages may be held at all. */
export function embedRoutes(deps: EmbedRoutesDeps): (app: FastifyInstance) => Promise<void> {
  const { embed, cookieName } = deps;
  const consoleUrl = deps.url.replace(/\/+$/, '');

  const page = (reply: FastifyReply, status: number, text: string) =>
    reply.code(status).header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store').send(text);
  const refused = (reply: FastifyReply, refusal: Refusal) => page(reply, refusal.status, refusalPage(refusal, consoleUrl));

  /** The frame that the address names; answers, and gives null, where there is none. */
  async function at(request: Request, reply: FastifyReply): Promise<Framed | null> {
    const framed = await embed.framed(request.params.slug);
    if (framed) reply.header('content-security-policy', policyWith(framed.frame.origins.join(' ')));
    else
      page(
        reply,
        404,
        plainPage('There is no such page', 'This node has no instance of that name whose tracker can show the console. Look at the address in the app.'),
      );
    return framed;
  }

  async function open(request: Request, reply: FastifyReply) {
    const framed = await at(request, reply);
    if (!framed) return reply;
    const words = refusals(framed.instance.name, framed.platformName);
    const { origin } = request.headers;
    if (origin !== undefined && origin !== 'null' && !framed.frame.origins.includes(origin)) return refused(reply, words.elsewhere);
    const token = typeof request.body === 'string' ? new URLSearchParams(request.body).get('token') : null;
    if (!token) return refused(reply, words.noToken);
    const entered = await embed.enter(framed, token);
    if ('refusal' in entered) return refused(reply, entered.refusal);
    return reply
      .header('set-cookie', frameCookie(cookieName, framed.instance.slug, entered.cookie, SESSION_MS / 1000))
      .header('cache-control', 'no-store')
      .redirect(`/embed/${framed.instance.slug}/`, 303);
  }

  async function show(request: Request, reply: FastifyReply) {
    const framed = await at(request, reply);
    if (!framed) return reply;
    const words = refusals(framed.instance.name, framed.platformName);
    const cookie = cookieIn(request.headers.cookie, cookieName);
    const inFrame = request.headers['sec-fetch-dest'] === 'iframe';
    if (cookie === null) return refused(reply, inFrame ? words.over : words.noToken);
    if (!(await embed.caller(framed.instance.slug, cookie))) return refused(reply, words.over);
    if (!deps.console) return page(reply, 200, plainPage('Entente', 'This node was started without a console.'));
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { maxAge: 0 });
  }

  /** In a tab, where the frame's session is not: whoever brings back what only this browser and the other side know has been there. */
  async function back(request: Request, reply: FastifyReply) {
    const framed = await at(request, reply);
    if (!framed) return reply;
    const { instance, platformName } = framed;
    const cookie = cookieIn(request.headers.cookie, cookieName);
    // Inside the frame, or where the browser brings its session along, the console finishes it itself.
    if (cookie !== null && (await embed.caller(instance.slug, cookie))) return show(request, reply);
    const { state, code, error } = request.query;
    const returnTo = [{ href: instance.url, label: `Go back to ${instance.name}` }];
    const ending = new AbortController();
    reply.raw.once('close', () => ending.abort(new Error('The caller has gone.')));
    try {
      if (!state) throw new EntenteError('invalid-input', 'This address is not complete.');
      const outcome = await deps.finish({ instance: instance.id, state, code: code ?? null, error: error ?? null }, ending.signal);
      const [title, text] = {
        active: ['The connection has been set up', `Close this tab: the console inside ${platformName} goes on by itself, and shows it.`],
        refused: ['The other side refused', 'Whoever decides there did not agree to the connection. Nothing is connected, and nothing was sent.'],
        expired: [
          'The request has expired',
          `Nobody confirmed it in time. Nothing is connected, and nothing was sent. Begin again in the console inside ${platformName}.`,
        ],
      }[outcome] as [string, string];
      return page(reply, 200, plainPage(title, text, returnTo));
    } catch (cause) {
      if (!(cause instanceof EntenteError)) throw cause;
      return page(reply, 409, plainPage(cause.message, cause.remedy, returnTo));
    }
  }

  return async (app) => {
    await app.register(async (frames) => {
      frames.removeAllContentTypeParsers();
      frames.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) =>
        done(null, body),
      );
      const schema = { hide: true };
      frames.post('/embed/:slug', { schema, bodyLimit: MAX_FORM_BYTES }, async (request, reply) => open(request as Request, reply));
      frames.get('/embed/:slug', { schema }, async (request, reply) => show(request as Request, reply));
      frames.get('/embed/:slug/connect/return', { schema }, async (request, reply) => back(request as Request, reply));
      frames.get('/embed/:slug/*', { schema }, async (request, reply) => show(request as Request, reply));
    });
  };
}
