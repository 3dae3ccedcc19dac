import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { Side } from '../../engine/ports.ts';
import type { SigningClient } from '../client.ts';
import { Done } from '../new-key.ts';
import type { Callee } from '../ports.ts';
import { partsOf, type Reception } from '../reception.ts';
import { PIECE, Polled } from './messages.ts';

export interface MessengerDeps {
  readonly client: SigningClient;
  readonly reception: Reception;
  /** Halves whose other side cannot call us. */
  sides(): Promise<readonly Side[]>;
  /** Of several processes one goes, until it has left. */
  mayGo(node: string): Promise<boolean>;
  left(node: string): Promise<void>;
  warn(what: Readonly<Record<string, unknown>>, message: string): void;
}

const AT_ONCE = 8;
const LOOK_MS = 2000;

/** Fetches the calls that wait for us at other nodes, has them answered here, and brings the answers back: as long as it is not stopped. */
export function startMessenger(deps: MessengerDeps): { stop(): Promise<void> } {
  const ending = new AbortController();
  const { signal } = ending;
  const routes = new Map<string, Promise<void>>();

  async function look(): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { peer } of await deps.sides()) {
          const { remote } = peer;
          if (!remote?.url || routes.has(remote.key)) continue;
          const to: Callee = { node: remote.node, url: remote.url, key: remote.key };
          routes.set(
            remote.key,
            walk(to).finally(() => routes.delete(remote.key)),
          );
        }
      } catch (error) {
        deps.warn({ err: error }, 'calls could not be fetched');
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** To one node, until there is no connection to it any more. */
  async function walk(to: Callee): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (!(await deps.sides()).some(({ peer }) => peer.remote?.key === to.key && peer.remote.url === to.url)) break;
        if (!(await deps.mayGo(to.node))) {
          await sleep(5000, undefined, { signal });
          continue;
        }
        if (open.size >= AT_ONCE) await Promise.race(open);
        const { calls } = await deps.client.call(to, 'relay/poll', { max: AT_ONCE - Math.min(open.size, AT_ONCE - 1) }, Polled, signal);
        failures = 0;
        for (const call of calls) {
          const work = carry(to, call).catch((error: unknown) => {
            if (!signal.aborted && !(error instanceof EntenteError)) deps.warn({ err: error }, 'an answer could not be brought');
          });
          open.add(work);
          void work.finally(() => open.delete(work));
        }
      } catch (error) {
        if (signal.aborted) break;
        if (failures++ === 3) deps.warn({ node: to.node, message: (error as Error).message }, 'calls could not be fetched');
        await sleep(Math.min(30_000, 500 * 2 ** Math.min(failures, 8)), undefined, { signal }).catch(() => {});
      }
    }
    await Promise.allSettled(open);
    await deps.left(to.node).catch(() => {});
  }

  async function carry(to: Callee, call: z.infer<typeof Polled>['calls'][number]): Promise<void> {
    const body = Buffer.from(call.body, 'base64');
    const headers = { ...call.headers, 'content-length': `${body.length}` };
    const incoming = { path: `/entente/v1/${call.path}`, parts: partsOf(call.path), headers, from: `by way of ${to.node}` };
    const answer = await deps.reception.admit(incoming).then(
      (admitted) => deps.reception.answer(admitted, body),
      (error: unknown) => deps.reception.refuse(incoming, error),
    );
    const tell = (verb: string, said: unknown) => deps.client.call(to, `relay/${call.id}/${verb}`, said, Done, signal);
    const small = Buffer.isBuffer(answer.body) && answer.body.length <= PIECE ? answer.body.toString('base64') : null;
    const close = () => void (Buffer.isBuffer(answer.body) || answer.body.destroy());
    await tell('answer', { status: answer.status, headers: answer.headers, body: small }).catch((error: unknown) => {
      close();
      throw error;
    });
    if (small !== null) return;
    let whole = false;
    try {
      let n = 0;
      for await (const piece of inPieces(answer.body)) await deps.client.raw(to, `relay/${call.id}/pieces/${n++}`, piece, signal);
      whole = true;
    } finally {
      close();
      await tell('end', { whole }).catch((error: unknown) => {
        if (whole) throw error;
      });
    }
  }

  const looking = look();
  return {
    async stop() {
      ending.abort(new Error('The node is stopping.'));
      await Promise.allSettled([looking, ...routes.values()]);
    },
  };
}

async function* inPieces(body: Buffer | Readable): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(body)) {
    for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
    return;
  }
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    held.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size < PIECE) continue;
    const all = Buffer.concat(held);
    let at = 0;
    for (; at + PIECE <= all.length; at += PIECE) yield all.subarray(at, at + PIECE);
    held = [all.subarray(at)];
    size = all.length - at;
  }
  if (size > 0) yield Buffer.concat(held);
}
