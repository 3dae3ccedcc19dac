import { type Engine, PeerError } from '../engine/index.ts';
import type { Peers, Side, Store, Trackers } from '../engine/ports.ts';
import { openOwnFile } from './files.ts';

export interface LocalPeersDeps {
  /** Asked for at each call: the engine needs its peers before it exists. */
  readonly engine: () => Engine;
  readonly store: Store;
  readonly trackers: Trackers;
}

/** The way to the other half of a connection when that half lives on this node: the same road as between nodes, with the transport replaced by a call. */
export function createLocalPeers({ engine, store, trackers }: LocalPeersDeps): Peers {
  const other = (side: Side): string => {
    if (side.peer.kind !== 'local') throw new PeerError(`The other side of ${side.name} is not on this node.`);
    return side.peer.side;
  };
  return {
    send: async (side, message) => engine().receive(other(side), message),
    applied: async (side, twin, answer) => engine().applied(other(side), twin, answer),
    ended: async (side, twin, reason) => engine().ended(other(side), twin, reason),
    counters: async (side, after) => engine().counters(other(side), after),
    offerCounters: async (side, counters) => engine().offerCounters(other(side), counters),
    recall: async (side, twin) => engine().recall(other(side), twin),
    compare: async (side, twin, ours) => engine().compare(other(side), twin, ours),
    openFile: async (side, twin, gid, signal) => openOwnFile({ store, trackers }, other(side), twin, gid, signal),
  };
}
