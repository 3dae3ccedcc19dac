import { z } from 'zod';
import { EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { InstanceCard, NodeCard } from './wire.ts';

/** `/.well-known/entente`. */
export const WellKnown = z.object({ node: NodeCard, instance: InstanceCard.nullable() });
export type WellKnown = z.infer<typeof WellKnown>;

/** GET of a small JSON text. Throws EntenteError `wrong-address`, `private-address`, `peer-unavailable`. `json` undefined: the answer is something else. */
export type Fetcher = (url: string, signal: AbortSignal) => Promise<{ readonly status: number; readonly json: unknown; readonly location: string | null }>;

const HOPS = 3;
const CODES: readonly ErrorCode[] = ['no-node', 'several-instances', 'takes-no-connections', 'other-protocol', 'wrong-address'];

async function ask(fetch: Fetcher, base: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<WellKnown | null> {
  let url = `${base.replace(/\/+$/, '')}/.well-known/entente?${new URLSearchParams(query).toString()}`.replace(/\?$/, '');
  for (let hop = 0; ; hop++) {
    const { status, json, location } = await fetch(url, signal);
    if (status >= 300 && status < 400 && location !== null && URL.canParse(location, url) && hop < HOPS) {
      url = new URL(location, url).href;
      continue;
    }
    if (status === 200) return read(json);
    const { code, message } = (json ?? {}) as { code?: unknown; message?: unknown };
    const known = CODES.find((one) => one === code);
    if (known) throw new EntenteError(known, typeof message === 'string' ? message.slice(0, 500) : ERRORS[known].means);
    if (status >= 500) throw new EntenteError('peer-unavailable', `${new URL(url).host} answered with an error of its own (HTTP ${status}).`);
    return null;
  }
}

function read(json: unknown): WellKnown | null {
  const parsed = WellKnown.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** See PeerClient. The last part of the path names the instance; what is before it belongs to the node's own address. */
export async function discover(fetch: Fetcher, text: string, signal: AbortSignal): Promise<{ node: NodeCard; instance: InstanceCard }> {
  if (!URL.canParse(text)) throw new EntenteError('wrong-address', `“${text.slice(0, 200)}” is no web address. It has to look like https://acme.example.com.`);
  const url = new URL(text);
  const parts = url.pathname.split('/').filter(Boolean).map(decoded);
  const slug = parts.pop();
  const none = () => new EntenteError('no-node', `There is no Entente node at ${url.host}.`);
  if (slug === undefined) return complete(await ask(fetch, url.origin, {}, signal), none);
  const base = `${url.origin}${parts.map((part) => `/${encodeURIComponent(part)}`).join('')}`;
  return complete((await ask(fetch, base, { instance: slug }, signal)) ?? (await ask(fetch, url.href, {}, signal)), none);
}

function complete(found: WellKnown | null, none: () => EntenteError): { node: NodeCard; instance: InstanceCard } {
  if (!found) throw none();
  if (!found.instance) throw new EntenteError('no-node', 'The node serves no instance yet.');
  return { node: found.node, instance: found.instance };
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** See PeerClient. */
export async function serves(fetch: Fetcher, node: string, tracker: string, signal: AbortSignal): Promise<{ node: NodeCard; instance: InstanceCard } | null> {
  try {
    const found = await ask(fetch, node, { tracker }, signal);
    return found?.instance ? { node: found.node, instance: found.instance } : null;
  } catch (error) {
    if (error instanceof EntenteError && error.code === 'no-node') return null;
    throw error;
  }
}
