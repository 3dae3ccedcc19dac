import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivered } from '../../src/connectors/conformance/index.ts';

/** Where a tracker delivers its notices to, in place of a node. */
export interface Listener {
  readonly url: string;
  /** Does `cause`, and resolves to the first delivery from then on. */
  capture(cause: () => Promise<void>): Promise<Delivered>;
  close(): Promise<void>;
}

/** `isNotice`: false for what only tries the address out. */
export async function openListener(isNotice: (headers: IncomingHttpHeaders) => boolean = () => true): Promise<Listener> {
  let hear: ((delivered: Delivered) => void) | null = null;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      res.end();
      if (isNotice(req.headers)) hear?.({ headers: req.headers, body: Buffer.concat(chunks) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/1`,
    async capture(cause) {
      const { promise, resolve } = Promise.withResolvers<Delivered>();
      hear = resolve;
      await cause();
      return promise.finally(() => {
        hear = null;
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
