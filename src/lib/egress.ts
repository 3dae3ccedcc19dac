import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { TrackerError } from '../core/tracker-error.ts';

/** Decides which addresses this node may call. Every URL that a person or a peer supplied goes through it. */
export interface Egress {
  /** Throws TrackerError `protocol` (no http or https URL) or `forbidden` (a private address, as far as the text shows it). */
  check(url: string | URL): URL;
  /** Is it a private address that the operator has allowed? */
  allowed(url: URL): boolean;
  /** The address checked at the moment of connecting: names are resolved once and every answer has to be public. */
  readonly connect: buildConnector.connector;
}

/** A connection that never came to be: nothing can have been sent. `cause` says why. */
export class NotConnected extends Error {}

/**
 * Reads a list like `127.0.0.1:4710,localhost:4710,[::1]:4710`: the exact pairs of host and port that may be private.
 * Throws an Error with a sentence for an entry that is no such pair.
 */
export function parseAllowPrivate(text: string | undefined): ReadonlySet<string> {
  const entries = (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  return new Set(
    entries.map((entry) => {
      const parts = /^(\[[0-9a-f:.]+\]|[^\s:/@?#[\]]+):(\d{1,5})$/i.exec(entry);
      const port = Number(parts?.[2]);
      if (!parts || port < 1 || port > 65_535) throw new Error(`ENTENTE_ALLOW_PRIVATE: "${entry}" is not host:port, for example 127.0.0.1:4710.`);
      return `${(parts[1] ?? '').toLowerCase()}:${port}`;
    }),
  );
}

/** Only global unicast addresses are public: loopback, private, link-local, carrier, multicast, mapped and translated ranges are not. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

type Lookup = typeof systemLookup;

/** `allowPrivate`: pairs as from `parseAllowPrivate`. `lookup` is for tests. */
export function createEgress(options: { allowPrivate?: ReadonlySet<string>; connectMs?: number; lookup?: Lookup } = {}): Egress {
  const allowed = options.allowPrivate ?? new Set<string>();
  const resolve = options.lookup ?? systemLookup;

  const guardedLookup = (hostname: string, lookupOptions: object, done: (error: Error | null, address?: unknown, family?: number) => void): void => {
    resolve(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error) return done(error);
      // One private answer among public ones is enough to refuse: which of them is used is not ours to choose.
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) return done(refusal(hostname));
      const first = addresses[0];
      if ('all' in lookupOptions && lookupOptions.all) done(null, addresses);
      else done(null, first?.address, first?.family);
    });
  };

  const base = { timeout: options.connectMs ?? 10_000, allowH2: false };
  const open = buildConnector(base);
  // Node's type of `lookup` is a union of overloads that a plain function cannot be given; the shape above is what net.connect calls.
  const openPublic = buildConnector({ ...base, lookup: guardedLookup as never });

  return {
    check(input) {
      let url: URL;
      try {
        url = new URL(input);
      } catch {
        throw new TrackerError('protocol', `"${String(input).slice(0, 200)}" is not a web address. It has to look like https://example.com.`);
      }
      if (url.protocol !== 'http:' && url.protocol !== 'https:')
        throw new TrackerError('protocol', `Only http and https addresses can be called, not ${url.protocol}//.`);
      const host = bare(url.hostname);
      if (!allowed.has(pairOf(url)) && isIP(host) && !isPublicAddress(host)) throw refusal(url.host);
      return url;
    },
    allowed: (url) => allowed.has(pairOf(url)),
    connect(target, done) {
      const port = target.port || (target.protocol === 'https:' ? '443' : '80');
      const host = bare(target.hostname);
      const finish: buildConnector.Callback = (...[error, socket]: [Error | null, unknown]) => {
        if (error) done(new NotConnected('not connected', { cause: error }), null);
        else done(null, socket as never);
      };
      if (allowed.has(`${target.hostname.toLowerCase()}:${port}`) || allowed.has(`[${host.toLowerCase()}]:${port}`)) return open(target, finish);
      // Literal addresses never reach `lookup`.
      if (isIP(host)) {
        if (!isPublicAddress(host)) return finish(refusal(`${host}:${port}`), null);
        return open(target, finish);
      }
      openPublic(target, finish);
    },
  };
}

const bare = (hostname: string): string => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
const pairOf = (url: URL): string => `${url.hostname.toLowerCase()}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;

// Says nothing about what a name resolved to: that would map somebody's internal network.
function refusal(host: string): TrackerError {
  return new TrackerError(
    'forbidden',
    `This node does not call private addresses, and ${host} is one. Its operator can allow it by adding host:port to ENTENTE_ALLOW_PRIVATE.`,
  );
}
