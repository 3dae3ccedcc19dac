import { EntenteError } from '../core/errors.ts';
import { type Engine, FileGone } from '../engine/index.ts';
import type { Side, Store, Trackers } from '../engine/ports.ts';
import { NewKey, provesNewKey } from '../protocol/new-key.ts';
import type { PeerBoots } from '../protocol/peer-boots.ts';
import { type PeerHandler, StreamAnswer } from '../protocol/ports.ts';
import { openOwnFile } from './files.ts';
import { AboutTwin, After, Applied, AskFile, Compare, Counters, Ended, Message } from './messages.ts';
import { pages } from './remote.ts';

export interface IncomingDeps {
  readonly engine: () => Engine;
  readonly store: Store;
  readonly trackers: Trackers;
  readonly boots: Pick<PeerBoots, 'moved'>;
}

const DONE = { done: true } as const;

/** What the other half of a connection asks of ours: `connections/:id/…`. */
export function createIncoming(deps: IncomingDeps): PeerHandler {
  return async ({ path: [area, connection, method, ...more], body, side }) => {
    if (area !== 'connections' || !side || method === undefined || more.length > 0 || side.connection !== connection) return undefined;
    const engine = deps.engine();
    switch (method) {
      case 'messages':
        return engine.receive(side.id, Message.parse(body));
      case 'applied': {
        const { twin, answer } = Applied.parse(body);
        await engine.applied(side.id, twin, answer);
        return DONE;
      }
      case 'ended': {
        const { twin, reason } = Ended.parse(body);
        return { heard: await engine.ended(side.id, twin, reason) };
      }
      case 'counters': {
        const [twins = []] = pages(await engine.counters(side.id, After.parse(body).after));
        return { twins };
      }
      case 'offer':
        await engine.offerCounters(side.id, Counters.parse(body).twins);
        return DONE;
      case 'recall':
        return { memory: await engine.recall(side.id, AboutTwin.parse(body).twin) };
      case 'compare': {
        const { twin, ours } = Compare.parse(body);
        return { equal: await engine.compare(side.id, twin, ours) };
      }
      case 'file': {
        const { twin, gid, offset } = AskFile.parse(body);
        return new StreamAnswer(offset, async (signal) => {
          try {
            return await openOwnFile(deps, side.id, twin, gid, signal);
          } catch (error) {
            throw error instanceof FileGone ? new EntenteError('tracker-not-found', error.message) : error;
          }
        });
      }
      case 'hello':
        return DONE;
      case 'key':
        await takeNewKey(deps, side, NewKey.parse(body));
        return DONE;
      default:
        return undefined;
    }
  };
}

async function takeNewKey({ store, boots }: IncomingDeps, side: Side, told: ReturnType<typeof NewKey.parse>): Promise<void> {
  await store.transaction(async (tx) => {
    const now = await tx.side(side.id);
    const remote = now?.peer.remote;
    // Told twice: the second request was signed with it already.
    if (!now || !remote || remote.key === told.key) return;
    if (!provesNewKey(side.connection, remote.key, told)) throw new EntenteError('bad-signature', 'The new key was not proved by whoever holds it.');
    await tx.saveSide({ ...now, peer: { ...now.peer, remote: { ...remote, key: told.key } } });
  });
  if (side.peer.remote) await boots.moved(side.peer.remote.key, told.key);
}
