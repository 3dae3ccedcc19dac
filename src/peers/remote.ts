import type { z } from 'zod';
import { EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { FileGone, PeerError } from '../engine/index.ts';
import type { Peers, Side, TwinCounters } from '../engine/ports.ts';
import { Done } from '../protocol/new-key.ts';
import type { Callee, PeerClient } from '../protocol/ports.ts';
import { AnswerMessage, CompareAnswer, Counters, EndedAnswer, Memory } from './messages.ts';

/** A page of counters that is no larger when it is written as JSON goes in one request. */
const PAGE_BYTES = 8 * 1_048_576;

/** The way to the other half of a connection when it is on another node. */
export function createRemotePeers({ client }: { readonly client: PeerClient }): Peers {
  const callee = ({ name, peer: { remote } }: Side): Callee => {
    if (!remote) throw new PeerError(`The other side of ${name} is not known yet.`);
    return { node: remote.node, url: remote.url, key: remote.key };
  };
  const ask = async <T>(side: Side, method: string, body: unknown, answer: z.ZodType<T>): Promise<T> => {
    try {
      return await client.call(callee(side), `connections/${side.connection}/${method}`, body, answer, AbortSignal.timeout(90_000));
    } catch (error) {
      throw explained(error);
    }
  };
  return {
    send: (side, message) => ask(side, 'messages', message, AnswerMessage),
    async applied(side, twin, answer) {
      // The next message, or the answer to its repeat, says the same.
      await ask(side, 'applied', { twin, answer }, Done).catch((error: unknown) => {
        if (!(error instanceof PeerError || error instanceof EntenteError)) throw error;
      });
    },
    ended: async (side, twin, reason) => (await ask(side, 'ended', { twin, reason: reason.slice(0, 2000) }, EndedAnswer)).heard,
    counters: async (side, after) => (await ask(side, 'counters', { after }, Counters)).twins,
    async offerCounters(side, counters) {
      for (const twins of pages(counters)) await ask(side, 'offer', { twins }, Done);
    },
    recall: async (side, twin) => (await ask(side, 'recall', { twin }, Memory)).memory,
    compare: async (side, twin, ours) => (await ask(side, 'compare', { twin, ours }, CompareAnswer)).equal,
    async openFile(side, twin, gid, signal) {
      try {
        return await client.stream(callee(side), `connections/${side.connection}/file`, { twin, gid }, signal);
      } catch (error) {
        throw error instanceof EntenteError && error.code === 'tracker-not-found' ? new FileGone(gid) : explained(error);
      }
    },
  };
}

/** As many at once as fit into a request; never none. */
export function* pages(counters: readonly TwinCounters[]): Generator<readonly TwinCounters[]> {
  let page: TwinCounters[] = [];
  let size = 0;
  for (const one of counters) {
    const bytes = Buffer.byteLength(JSON.stringify(one));
    if (page.length > 0 && size + bytes > PAGE_BYTES) {
      yield page;
      page = [];
      size = 0;
    }
    page.push(one);
    size += bytes;
  }
  yield page;
}

/** Ways out of this node that are closed for now. */
const CLOSED: readonly ErrorCode[] = ['private-address', 'wrong-address', 'node-guarded'];

/** What could not be asked is asked again; what was refused stops the connection; what concerns one message stops its twin. */
function explained(error: unknown): unknown {
  if (!(error instanceof EntenteError) || error.code === 'invalid-input') return error;
  const { level } = ERRORS[error.code];
  if (level === 'connection') return error;
  // A twin or an instance over there is in trouble: not ours to mend, and no reason to stop the others.
  if (level === 'twin' || level === 'instance' || CLOSED.includes(error.code)) return new PeerError(error.message, { cause: error });
  return new EntenteError('peer-refused', error.message, {}, error);
}
