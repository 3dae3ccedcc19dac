import type { ConformanceWorld } from '../../src/connectors/conformance/index.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import type { Way } from './way.ts';

/** Nothing listens there. */
const CLOSED = 'http://127.0.0.1:1';

/** Clients of a real server, on a way that can be made to fail. `way`: asked for once it is there. */
export function failingClients(way: () => Way) {
  const clients: AccountHttpClient[] = [];
  let refused: 'read' | 'write' | null = null;
  let hurry: { readonly timeoutMs?: number } = {};
  return {
    /** A new client. */
    http(): HttpClient {
      const { url } = way();
      const client = createHttpClient({ allowPrivate: new Set([new URL(url).host, new URL(CLOSED).host]) });
      clients.push(client);
      return {
        request: (request, call) => {
          const hit = refused === (request.method === 'GET' ? 'read' : 'write');
          return client.request({ ...request, ...hurry, url: hit ? request.url.replace(url, CLOSED) : request.url }, call);
        },
      };
    },
    close: async (): Promise<void> => void (await Promise.all(clients.map((client) => client.close()))),
    /** The part of a world that makes calls fail. */
    faults: {
      faults: ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'html', 'time-out', 'refused', 'drop-after-commit'],
      fault(name, on) {
        // Short only for this: the real server may be slow on a busy machine.
        if (name === 'time-out') hurry = { timeoutMs: 1000 };
        if (name === 'refused') refused = on;
        else way().fail(name, on);
        return Promise.resolve();
      },
      calm() {
        refused = null;
        hurry = {};
        way().calm();
        return Promise.resolve();
      },
    } satisfies Pick<ConformanceWorld, 'faults' | 'fault' | 'calm'>,
  };
}
