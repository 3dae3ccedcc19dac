import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Tracker } from '../connectors/connector.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Trace, Twin } from '../core/twin.ts';
import { type Engine, FileGone, PeerError } from '../engine/index.ts';
import type { Side, Trackers } from '../engine/ports.ts';
import { createMemoryStore } from '../store/memory/index.ts';
import { createLocalPeers } from './local.ts';

const side = { id: 'near', name: 'A ↔ B', peer: { kind: 'local', side: 'far', instance: 'i2', name: 'B' } } as Side;
const signal = new AbortController().signal;
const GID = 'i2:7:f:9';

/** The far half has entity 7; its file 9 is traced as `trace` says. */
async function world(trace: Partial<Trace> | null, open: () => Promise<Readable>) {
  const store = createMemoryStore();
  const opened: string[] = [];
  await store.transaction(async (tx) => {
    await tx.saveTwin({ id: 't', side: 'far', instance: 'i2', local: '7' } as Twin);
    const row: Trace = { instance: 'i2', entity: '7', kind: 'file', gid: GID, local: '9', via: null, tomb: null, author: null, carrier: false, peers: {} };
    if (trace) await tx.saveTrace({ ...row, ...trace });
  });
  const tracker = {
    files: {
      async open(ref: string, id: string) {
        opened.push(`${ref}/${id}`);
        return { stream: await open(), type: 'text/plain', size: null };
      },
    },
  } as unknown as Tracker;
  const engine = { receive: async (to: string) => ({ to }) } as unknown as Engine;
  const peers = createLocalPeers({ engine: () => engine, store, trackers: { of: async () => tracker } as unknown as Trackers });
  return { peers, opened };
}

test('a call goes to the other half, and to nobody when that half is elsewhere', async () => {
  const { peers } = await world(null, async () => Readable.from([]));
  expect(await peers.send(side, {} as never)).toEqual({ to: 'far' });
  await expect(peers.send({ ...side, peer: { ...side.peer, kind: 'node' } }, {} as never)).rejects.toBeInstanceOf(PeerError);
});

test('a file is streamed from the tracker of the other half by the id that it has there', async () => {
  const { peers, opened } = await world({}, async () => Readable.from(['content']));
  expect(await text(await peers.openFile(side, 't', GID, signal))).toBe('content');
  expect(opened).toEqual(['7/9']);
});

test('a file that is gone says so, another failure stays what it is', async () => {
  const open = async () => Readable.from([]);
  for (const trace of [null, { tomb: 'deleted' }] as const)
    await expect((await world(trace, open)).peers.openFile(side, 't', GID, signal)).rejects.toBeInstanceOf(FileGone);
  const fails = (kind: 'not-found' | 'unavailable') => () => Promise.reject(new TrackerError(kind, 'No.'));
  await expect((await world({}, fails('not-found'))).peers.openFile(side, 't', GID, signal)).rejects.toBeInstanceOf(FileGone);
  await expect((await world({}, fails('unavailable'))).peers.openFile(side, 't', GID, signal)).rejects.toMatchObject({ kind: 'unavailable' });
});
