import { once } from 'node:events';
import net from 'node:net';
import { Transform } from 'node:stream';

/** Who speaks on a TCP connection: another node, or anybody else (a browser, a tracker's notices). */
type Speaker = 'node' | 'other';

export interface Recorded {
  /** Of the same number: of the same TCP connection. */
  readonly connection: number;
  /** `request`: towards the node behind. */
  readonly direction: 'request' | 'answer';
  readonly bytes: Buffer;
}

/** A TCP proxy in front of a node, which stands for the network between it and everybody else. */
export interface Link {
  /** What the node calls its public address. */
  readonly url: string;
  /** From now on what other nodes send is broken off, until `mend`. Browsers and trackers still get through. */
  cut(): void;
  mend(): void;
  /** Each piece of what other nodes send and get is held back for so long. */
  slow(ms: number): void;
  /** What nodes have said since it was called last, piece by piece; of very much only the newest part. */
  record(): readonly Recorded[];
  /** How many connections of other nodes were broken off or refused. */
  broken(): number;
  close(): Promise<void>;
}

/** Stands before `127.0.0.1:port`, whether somebody listens there already or not. */
export async function openLink(port: number): Promise<Link> {
  const open = new Set<{ by: Speaker; client: net.Socket; server: net.Socket | null }>();
  let isCut = false;
  let heldMs = 0;
  let broken = 0;
  let kept: Recorded[] = [];
  let connections = 0;

  const along = (by: Speaker, connection: number, direction: Recorded['direction']) =>
    new Transform({
      transform(bytes: Buffer, _encoding, done) {
        if (by === 'node') kept.push({ connection, direction, bytes });
        if (kept.length > 20_000) kept = kept.slice(-10_000);
        if (by === 'node' && heldMs > 0) setTimeout(() => done(null, bytes), heldMs);
        else done(null, bytes);
      },
    });

  const proxy = net.createServer((client) => {
    client.on('error', () => {});
    // Nodes have connections of their own: the first request of one says who is speaking.
    client.once('data', (first: Buffer) => {
      client.pause();
      const by: Speaker = /^[A-Z]+ \/(entente\/|\.well-known\/entente)/.test(first.toString('latin1', 0, 100)) ? 'node' : 'other';
      if (by === 'node' && isCut) {
        broken += 1;
        client.destroy();
        return;
      }
      const server = net.connect(port, '127.0.0.1');
      connections += 1;
      const connection = connections;
      const entry = { by, client, server };
      open.add(entry);
      const end = () => {
        open.delete(entry);
        client.destroy();
        server.destroy();
      };
      server.on('error', end);
      client.on('close', end);
      // An orderly end follows the last piece, which may still be held back.
      server.on('close', (failed) => failed && end());
      client.unshift(first);
      client.pipe(along(by, connection, 'request')).pipe(server);
      server.pipe(along(by, connection, 'answer')).pipe(client);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port: own } = proxy.address() as net.AddressInfo;

  return {
    url: `http://127.0.0.1:${own}`,
    cut() {
      isCut = true;
      for (const { by, client, server } of open) {
        if (by !== 'node') continue;
        broken += 1;
        client.resetAndDestroy();
        server?.resetAndDestroy();
      }
    },
    mend() {
      isCut = false;
    },
    slow(ms) {
      heldMs = ms;
    },
    record() {
      const before = kept;
      kept = [];
      return before;
    },
    broken: () => broken,
    async close() {
      for (const { client, server } of open) {
        client.destroy();
        server?.destroy();
      }
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

/** The JSON calls among what nodes have said: path and body. */
export function callsIn(recorded: readonly Recorded[]): { readonly path: string; readonly body: unknown }[] {
  const streams = new Map<number, Buffer>();
  for (const { connection, direction, bytes } of recorded)
    if (direction === 'request') streams.set(connection, Buffer.concat([streams.get(connection) ?? Buffer.alloc(0), bytes]));
  const calls: { path: string; body: unknown }[] = [];
  for (const stream of streams.values())
    for (let at = 0; at < stream.length; ) {
      const end = stream.indexOf('\r\n\r\n', at);
      if (end < 0) break;
      const head = stream.toString('latin1', at, end);
      const path = /^[A-Z]+ (\S+)/.exec(head)?.[1] ?? '';
      const size = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      at = end + 4 + size;
      if (at <= stream.length && size > 0 && /^content-type: *application\/json/im.test(head))
        calls.push({ path, body: JSON.parse(stream.toString('utf8', end + 4, at)) });
    }
  return calls;
}
