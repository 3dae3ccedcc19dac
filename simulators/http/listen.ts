import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** Origin, without a slash at the end. */
  url: string;
  port: number;
  /** Ends open connections too: a simulator that is stopped is gone at once. */
  close(): Promise<void>;
}

type Handle = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Serves on `host:port` (port 0: any free one). Rejects when the port is taken. */
export async function listen(at: { port: number; host?: string }, handle: Handle): Promise<Listening> {
  const host = at.host ?? '127.0.0.1';
  const server = createServer({ keepAliveTimeout: 30_000 }, (req, res) => {
    handle(req, res).catch((error: unknown) => {
      // The caller broke off in the middle of its request: nobody is left to answer.
      if (req.destroyed && !req.complete) return;
      // A bug in the simulator must be loud, and must not look like the vendor's answer.
      console.error(`simulator: ${req.method} ${req.url} failed`, error);
      if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain' });
      res.end(`simulator error: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves the API, and files from an origin of their own: on both ports (default: any free one), or on none. Rejects when one is taken. */
export async function listenOnBoth(
  at: { host: string | undefined; port: number | undefined; filesPort: number | undefined },
  handle: Handle,
  handleFiles: Handle,
): Promise<[api: Listening, files: Listening]> {
  const host = at.host ?? '127.0.0.1';
  const api = await listen({ port: at.port ?? 0, host }, handle);
  try {
    return [api, await listen({ port: at.filesPort ?? 0, host }, handleFiles)];
  } catch (error) {
    await api.close();
    throw error;
  }
}
