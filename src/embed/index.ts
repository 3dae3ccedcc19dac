import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { EntenteError } from '../core/errors.ts';
import type { Instance } from '../engine/ports.ts';
import type { Logger } from '../lib/log.ts';
import type { Handshake } from '../protocol/handshake/index.ts';
import type { Caller } from '../server/authentication.ts';
import type { ConnectedTrackers } from '../trackers.ts';
import { cookieIn } from './cookie.ts';
import { createEmbed } from './embed.ts';
import { embedRoutes } from './routes.ts';
import { createEmbedStore, type EmbedStore } from './store.ts';

export interface Embedding {
  readonly store: EmbedStore;
  readonly routes: (app: FastifyInstance) => Promise<void>;
  byFrame(slug: string, headers: Headers): Promise<Caller | null>;
}

/** The console inside the trackers' own pages, on this node. */
export function embedNode(deps: {
  readonly pool: pg.Pool;
  readonly url: string;
  nodeId(): string;
  instance(slug: string): Promise<Instance | null>;
  readonly trackers: ConnectedTrackers;
  readonly handshake: Pick<Handshake, 'finish' | 'returning'>;
  readonly console: boolean;
  readonly log: Logger;
}): Embedding {
  const { trackers, handshake, log } = deps;
  const store = createEmbedStore(deps.pool);
  // Cookies ignore ports: two nodes on one host each have their own.
  const cookieName = `entente-${createHash('sha256').update(`frame ${deps.nodeId()}`).digest('hex').slice(0, 8)}.frame`;
  const embed = createEmbed({
    store,
    instance: (slug) => deps.instance(slug),
    frame: async (instance) => (trackers.connector(instance.platform).app ? ((await trackers.of(instance)).frame ?? null) : null),
    platformName: ({ platform }) => trackers.connector(platform).name,
    now: Date.now,
    log: (entry, message) => log.warn(entry, message),
  });
  const routes = embedRoutes({
    embed,
    url: deps.url,
    cookieName,
    console: deps.console,
    async finish({ instance, state, code, error }, signal) {
      const started = await handshake.returning(state);
      if (started?.instance !== instance || !started.by.framed) throw new EntenteError('no-such-request');
      return (await handshake.finish({ state, code, error, by: started.by }, signal)).outcome;
    },
  });
  return {
    store,
    routes,
    async byFrame(slug, headers) {
      const cookie = cookieIn(headers.get('cookie'), cookieName);
      return cookie === null ? null : embed.caller(slug, cookie);
    },
  };
}
