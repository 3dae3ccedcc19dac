import type { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { Callee, PeerHandler } from '../ports.ts';
import { isOwn } from './halves.ts';
import type { HandshakeDeps } from './ports.ts';

/** How another node is asked; this node itself by a call of its own use cases. */
export interface Road {
  ask<T>(to: Callee, path: string, body: unknown, answer: z.ZodType<T>, signal: AbortSignal): Promise<T>;
}

/** `handle` is asked for at each call: the use cases need the road before they exist. */
export function createRoad({ client }: Pick<HandshakeDeps, 'client'>, handle: () => PeerHandler): Road {
  return {
    async ask(to, path, body, answer, signal) {
      const own = await client.card();
      if (!isOwn(own, { id: to.node, key: to.key })) return client.call(to, path, body, answer, signal);
      const said = await handle()({ path: path.split('/'), body, caller: { node: own.id, key: own.key }, side: null });
      if (said === undefined) throw new EntenteError('not-found');
      return answer.parse(said);
    },
  };
}
