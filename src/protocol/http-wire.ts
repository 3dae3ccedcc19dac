import type { Readable } from 'node:stream';
import { request as send } from 'undici';
import { EntenteError } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';
import { type Egress, NotConnected } from '../lib/egress.ts';
import { explain } from '../lib/http-failures.ts';
import type { Roads } from '../lib/road.ts';
import type { Wire } from './client.ts';
import type { Fetcher } from './discover.ts';

export interface HttpWireDeps {
  readonly egress: Egress;
  readonly roads: Roads;
}

/** Milliseconds without any progress. */
const QUIET_MS = 60_000;
const SMALL = 262_144;

/** To nodes that have an address. */
export function createHttpWire({ egress, roads }: HttpWireDeps): Wire {
  const place = (to: { readonly url: string | null }, path: string): URL => checked(egress, `${(to.url ?? '').replace(/\/+$/, '')}/entente/v1/${path}`);
  return {
    target: (to, path) => place(to, path).pathname,
    async exchange(to, { path, headers, body }, signal) {
      const url = place(to, path);
      try {
        const answer = await send(url, {
          method: 'POST',
          headers: { ...headers, 'user-agent': 'entente' },
          body,
          dispatcher: await roads.to(url),
          signal,
          headersTimeout: QUIET_MS,
          bodyTimeout: QUIET_MS,
        });
        return { status: answer.statusCode, headers: answer.headers, body: answer.body as Readable };
      } catch (error) {
        throw failed(error, url, signal);
      }
    },
  };
}

/** For what nodes say of themselves to anybody. */
export function createFetcher({ egress, roads }: HttpWireDeps): Fetcher {
  return async (address, signal) => {
    const url = checked(egress, address);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    try {
      const answer = await send(url, {
        method: 'GET',
        headers: { accept: 'application/json', 'user-agent': 'entente' },
        dispatcher: await roads.to(url),
        signal: limited,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body) {
        size += (chunk as Buffer).length;
        if (size > SMALL) {
          answer.body.destroy();
          break;
        }
        chunks.push(chunk as Buffer);
      }
      const { location } = answer.headers;
      return { status: answer.statusCode, json: json(Buffer.concat(chunks).toString()), location: typeof location === 'string' ? location : null };
    } catch (error) {
      throw failed(error, url, limited);
    }
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checked(egress: Egress, address: string): URL {
  try {
    return egress.check(address);
  } catch (error) {
    throw refusal(error) ?? error;
  }
}

/** The guard's refusals in the words of connections. */
function refusal(error: unknown): EntenteError | null {
  if (!(error instanceof TrackerError)) return null;
  if (error.kind === 'forbidden') return new EntenteError('private-address', error.message);
  return error.kind === 'protocol' ? new EntenteError('wrong-address', error.message) : null;
}

function failed(error: unknown, url: URL, signal: AbortSignal): EntenteError {
  if (error instanceof EntenteError) return error;
  const refused = refusal(error instanceof NotConnected ? error.cause : error);
  if (refused) return refused;
  const { message } = explain(error, {
    where: url.host,
    writes: false,
    answered: undefined,
    late: signal.aborted ? 'quiet' : null,
    cancelled: false,
    maxBytes: SMALL,
  });
  return new EntenteError('peer-unavailable', message, error instanceof NotConnected || signal.aborted ? {} : { again: true }, error);
}
