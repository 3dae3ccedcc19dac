import type { Readable } from 'node:stream';
import { EntenteError } from '../core/errors.ts';
import type { Side } from '../engine/ports.ts';
import { hidesMethods } from '../lib/plain-json.ts';
import { renderError } from '../server/errors.ts';
import { MAX_BODY } from './client.ts';
import { FRAMES, toFrames } from './frames.ts';
import type { SigningKey } from './identity.ts';
import type { OwnNode } from './own-node.ts';
import type { PeerBoots } from './peer-boots.ts';
import { type PeerCaller, type PeerHandler, StreamAnswer } from './ports.ts';
import type { Replay } from './replay.ts';
import {
  ANSWER_COMPONENTS,
  assertDigest,
  assertFresh,
  assertSigned,
  type Claim,
  digestOf,
  type Headers,
  headerOf,
  REQUEST_COMPONENTS,
  readClaim,
  type Signable,
  SignatureRefused,
  signMessage,
} from './signature.ts';

import { parseList } from './structured-fields.ts';

export interface ReceptionDeps {
  readonly own: OwnNode;
  readonly replay: Replay;
  readonly boots: PeerBoots;
  /** Our half of a connection whose other half is on another node; null: there is none. */
  sideOf(connection: string): Promise<Side | null>;
  /** Does any of our connections lead to a node with this key? */
  knows(key: string): Promise<boolean>;
  /** Asked one after the other, until one knows the path. */
  readonly handlers: readonly PeerHandler[];
  /** A peer that was in trouble has called: all is well again. */
  reached(side: Side): Promise<void>;
  /** Each refused signature, and each failure. */
  warn(what: Readonly<Record<string, unknown>>, message: string): void;
  readonly now: () => number;
}

/** What comes after /entente/v1/, part by part. */
export const partsOf = (path: string): readonly string[] => path.split('/').map(decoded);

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** A request, before its body has been read. `path`: as it was signed; `parts`: what comes after /entente/v1/. */
export interface Incoming {
  readonly path: string;
  readonly parts: readonly string[];
  readonly headers: Headers;
  /** For the log. */
  readonly from: string;
}

export interface Admitted {
  readonly incoming: Incoming;
  readonly claim: Claim;
  readonly side: Side | null;
}

export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
}

/** Bodies of those whom nobody knows yet are small. */
const STRANGERS_BODY = 262_144;
const DEPTH = 200;

/** Takes the calls of other nodes, whichever way they come, and signs what is answered. */
export interface Reception {
  /** Is it signed by whom it should be? All that can be said before the body is there. Throws EntenteError. */
  admit(incoming: Incoming): Promise<Admitted>;
  /** `signal`: the caller has gone. */
  answer(admitted: Admitted, body: Buffer, signal?: AbortSignal): Promise<Outgoing>;
  /** A signed no. */
  refuse(incoming: Incoming, error: unknown): Outgoing;
}

export function createReception(deps: ReceptionDeps): Reception {
  const { own, now } = deps;

  /** The key that the caller knows us by, while we have it. */
  const keyFor = ({ headers }: Incoming): SigningKey => {
    const wanted = addressee(headers)?.key;
    return [...own.formerKeys().values()].find(({ key }) => key === wanted) ?? own.current().key;
  };

  const signable = ({ path, headers }: Incoming): Signable => ({ method: 'POST', path, headers });

  function sign(incoming: Incoming, status: number, said: unknown): Outgoing {
    const body = Buffer.from(JSON.stringify(said));
    const headers = { 'content-type': 'application/json', 'content-digest': digestOf(body) };
    const answers = { status, headers, request: signable(incoming) };
    // What is not signed at all can be answered all the same.
    const components = headerOf(incoming.headers, 'signature')?.includes('entente=:') ? ANSWER_COMPONENTS : ANSWER_COMPONENTS.slice(0, 2);
    const sign = (covered: readonly string[]) => signMessage(answers, covered, keyFor(incoming), { created: Math.floor(now() / 1000) });
    let signature: Record<string, string>;
    try {
      signature = sign(components);
    } catch {
      signature = sign(ANSWER_COMPONENTS.slice(0, 2));
    }
    return { status, headers: { ...headers, ...signature }, body };
  }

  function refuse(incoming: Incoming, error: unknown): Outgoing {
    const { status, body, unexpected } = renderError(error);
    const about = { path: incoming.path, from: incoming.from };
    if (error instanceof SignatureRefused) deps.warn({ ...about, reason: error.reason }, `a request of another node was refused: ${error.message}`);
    else if (unexpected) deps.warn({ ...about, err: error }, 'a request of another node failed');
    return sign(incoming, status, body);
  }

  return {
    refuse,

    async admit(incoming) {
      const { parts, headers } = incoming;
      const claim = readClaim(headers, REQUEST_COMPONENTS);
      assertFresh(claim, now());
      const meant = addressee(headers)?.node ?? 'nobody';
      if (meant !== own.current().id)
        throw new SignatureRefused('other-node', `The request is meant for ${meant.slice(0, 64)}, and this is the node ${own.current().id}.`);
      const [area, connection] = parts;
      const side = area === 'connections' && connection !== undefined ? await deps.sideOf(connection) : null;
      if (area === 'connections' && !side?.peer.remote) throw new EntenteError('peer-gone', 'There is no such connection here.');
      if (area === 'relay' && !(await deps.knows(claim.key)))
        throw new SignatureRefused('other-key', 'The request is signed with a key that no connection here knows.');
      assertSigned(signable(incoming), claim, side?.peer.remote?.key ?? claim.key);
      const length = Number(headerOf(headers, 'content-length') ?? Number.NaN);
      const limit = side || area === 'relay' ? MAX_BODY : STRANGERS_BODY;
      if (!(length <= limit))
        throw new EntenteError('invalid-input', `The request is too large, or does not say how large it is: ${Math.round(limit / 1024)} kB is the limit.`);
      return { incoming, claim, side };
    },

    async answer({ incoming, claim, side }, body, signal) {
      try {
        assertDigest(incoming.headers, body);
        await deps.replay.assertNew(claim.key, claim.nonce);
        own.assertFree();
        if (side) {
          await deps.boots.assertOneChain(claim.key, headerOf(incoming.headers, 'entente-boot') ?? '', claim.created);
          if (side.status === 'error') await deps.reached(side);
        }
        const parsed = incoming.parts[0] === 'relay' && incoming.parts[2] === 'pieces' ? body : readJson(body);
        const caller = callerOf(side, claim, parsed);
        for (const handler of deps.handlers) {
          const said = await handler({ path: incoming.parts, body: parsed, caller, side, ...(signal ? { signal } : {}) });
          if (said instanceof StreamAnswer) return await stream(said, incoming);
          if (said !== undefined) return sign(incoming, 200, said);
        }
        throw new EntenteError('not-found', `There is nothing at ${incoming.path.slice(0, 200)}.`);
      } catch (error) {
        return refuse(incoming, error);
      }
    },
  };

  async function stream(said: StreamAnswer, incoming: Incoming): Promise<Outgoing> {
    const ending = new AbortController();
    const content = await said.open(ending.signal);
    const body = toFrames(content, said.offset, signable(incoming), keyFor(incoming), Math.floor(now() / 1000));
    body.once('close', () => ending.abort(new Error('The content is no longer wanted.')));
    return { status: 200, headers: { 'content-type': FRAMES }, body };
  }
}

/** Entente-To: the node that is meant, and the key of it that the caller knows. */
function addressee(headers: Headers): { readonly node: string; readonly key: string | null } | null {
  const [item] = parseList(headerOf(headers, 'entente-to') ?? '') ?? [];
  if (!item || typeof item.value !== 'object' || !('token' in item.value)) return null;
  const key = item.params.get('key');
  return { node: item.value.token, key: typeof key === 'string' ? key : null };
}

/** Without a connection, it is the node of the card in the body; the key has to be the same. */
function callerOf(side: Side | null, claim: Claim, body: unknown): PeerCaller {
  if (side?.peer.remote) return { node: side.peer.remote.node, key: claim.key };
  const card = (body as { card?: { id?: unknown; key?: unknown } } | null)?.card;
  if (card && card.key !== claim.key) throw new SignatureRefused('other-key', 'The request is signed with another key than the one that it shows.');
  return { node: typeof card?.id === 'string' ? card.id : '', key: claim.key };
}

function readJson(body: Buffer): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw new EntenteError('invalid-input', 'The body is not JSON.');
  }
  // What is nested without end would be walked without end.
  if (hidesMethods(parsed)) throw new EntenteError('invalid-input', 'The body has members that no message has: toString, valueOf.');
  if (deeperThan(parsed, DEPTH)) throw new EntenteError('invalid-input', 'The body is nested too deeply.');
  return parsed;
}

function deeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let i = 0; level.length > 0; i++) {
    if (i > depth) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
