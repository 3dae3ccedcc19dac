import type { Peers, Side } from '../engine/ports.ts';

/** The way to the other half, wherever it is. */
export function choosePeers(local: Peers, remote: Peers): Peers {
  const of = (side: Side): Peers => (side.peer.kind === 'local' ? local : remote);
  return {
    send: (side, message) => of(side).send(side, message),
    applied: (side, twin, answer) => of(side).applied(side, twin, answer),
    ended: (side, twin, reason) => of(side).ended(side, twin, reason),
    counters: (side, after) => of(side).counters(side, after),
    offerCounters: (side, counters) => of(side).offerCounters(side, counters),
    recall: (side, twin) => of(side).recall(side, twin),
    compare: (side, twin, ours) => of(side).compare(side, twin, ours),
    openFile: (side, twin, gid, signal) => of(side).openFile(side, twin, gid, signal),
  };
}
