import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { TrackerError } from '../core/tracker-error.ts';
import { type Egress, isPublicAddress } from './egress.ts';

/** A proxy that the operator has set, as other programs take it: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
export interface ProxySettings {
  readonly https: URL | null;
  readonly http: URL | null;
  /** Hosts (`example.com`, `.example.com`, `example.com:8443`) that are called directly; `*`: all. */
  readonly except: readonly string[];
}

/** Throws an Error with a sentence for an address that is no proxy's. */
export function parseProxy(env: NodeJS.ProcessEnv): ProxySettings {
  const read = (name: string): URL | null => {
    const text = (env[name] ?? env[name.toLowerCase()] ?? '').trim();
    if (text === '') return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`${name}: a proxy’s address looks like http://proxy.example.com:3128.`);
    return url;
  };
  const except = (env.NO_PROXY ?? env.no_proxy ?? '').split(/[\s,]+/).filter(Boolean);
  return { https: read('HTTPS_PROXY'), http: read('HTTP_PROXY'), except: except.map((one) => one.toLowerCase()) };
}

/** Ways out of this node: straight, past the egress guard, or by way of the operator's proxy. */
export interface Roads {
  /** Throws TrackerError `forbidden` for a name that leads to a private address, as far as it can be known here. */
  to(url: URL): Promise<Dispatcher>;
  /** Ends idle connections and breaks off running calls. */
  close(): Promise<void>;
}

/** `egress` has checked the address already. `options`: for all connections. */
export function createRoads({ egress, proxy, ...options }: { egress: Egress; proxy?: ProxySettings } & Omit<Agent.Options, 'connect'>): Roads {
  const straight = new Agent({ ...options, connect: egress.connect });
  // A proxy tunnels what is encrypted, and forwards what is not: many refuse to tunnel to port 80.
  const agentOf = (uri: URL | null | undefined, proxyTunnel: boolean) => (uri ? new ProxyAgent({ ...options, uri: uri.href, proxyTunnel }) : null);
  const tunnel = agentOf(proxy?.https, true);
  const forward = agentOf(proxy?.http, false);
  return {
    async to(url) {
      const by = url.protocol === 'https:' ? tunnel : forward;
      if (!by || egress.allowed(url) || isExcepted(url, proxy?.except ?? [])) return straight;
      await assertPublicName(url.hostname);
      return by;
    },
    async close() {
      await Promise.all([straight.destroy(), tunnel?.destroy(), forward?.destroy()]);
    },
  };
}

function isExcepted(url: URL, except: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return except.some((entry) => {
    if (entry === '*') return true;
    const [, name = '', wanted] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
    if (wanted !== undefined && wanted !== port) return false;
    const bare = name.replace(/^\*?\./, '');
    return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
  });
}

/** The proxy resolves names, so it has the last word; what we can see ourselves is refused here. */
async function assertPublicName(hostname: string): Promise<void> {
  if (isIP(hostname.replace(/^\[|\]$/g, ''))) return;
  const addresses = await systemLookup(hostname, { all: true }).catch(() => []);
  if (addresses.some(({ address }) => !isPublicAddress(address)))
    throw new TrackerError(
      'forbidden',
      `This node does not call private addresses, and ${hostname} is one. Its operator can allow it by adding host:port to ENTENTE_ALLOW_PRIVATE.`,
    );
}
