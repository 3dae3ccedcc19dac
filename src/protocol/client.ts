import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { discover, type Fetcher, serves } from './discover.ts';
import { assertContent, FRAMES, fromFrames } from './frames.ts';
import type { SigningKey } from './identity.ts';
import { Done, newKeyProof } from './new-key.ts';
import type { OwnNode } from './own-node.ts';
import type { Callee, PeerClient } from './ports.ts';
import {
  ANSWER_COMPONENTS,
  assertDigest,
  assertSigned,
  digestOf,
  type Headers,
  headerOf,
  REQUEST_COMPONENTS,
  readClaim,
  type Signable,
  SignatureRefused,
  signMessage,
} from './signature.ts';
import { CAPABILITIES, type NodeCard, PROTOCOL } from './wire.ts';

export const MAX_BODY = 25 * 1_048_576;
/** A call that is fetched comes in base64. */
const MAX_ANSWER = 40 * 1_048_576;
const CALL_MS = 60_000;
/** Breaks of one stream without any progress between them. */
const BREAKS = 5;

/** A request as it goes over the wire. `path`: what comes after /entente/v1/. */
export interface WireRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
}
/** How a request gets to a node. Throws EntenteError `peer-unavailable` (or another code) when it did not; `details.again`: the connection broke, try again at once. */
export interface Wire {
  /** The path as it is signed. */
  target(to: Callee, path: string): string;
  exchange(to: Callee, request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
}

export interface ClientDeps {
  readonly own: OwnNode;
  /** Our public address; null: we cannot be called. */
  readonly url: string | null;
  readonly version: string;
  /** To a node with an address, and to one that fetches its calls. */
  readonly direct: Wire;
  readonly relayed: Wire;
  readonly fetch: Fetcher;
  /** Our half of a connection with another node. */
  sideOf(connection: string): Promise<string | null>;
  readonly now: () => number;
}

/** Everything that our signature is needed for. */
export interface SigningClient extends PeerClient {
  /** As `call`, with bytes instead of JSON; the answer is not looked at. */
  raw(to: Callee, path: string, body: Buffer, signal: AbortSignal): Promise<void>;
}

interface Exchanged {
  readonly answer: WireAnswer;
  readonly request: Signable;
}

export function createPeerClient(deps: ClientDeps): SigningClient {
  const { own, now } = deps;

  async function exchange(to: Callee, path: string, body: Buffer, key: SigningKey, signal: AbortSignal): Promise<Exchanged> {
    const wire = to.url === null ? deps.relayed : deps.direct;
    const seconds = Math.floor(now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'content-digest': digestOf(body),
      // Which key of theirs we know, so that they can sign with it while a new one is being told.
      'entente-to': `${to.node};key="${to.key}"`,
      'entente-boot': own.bootHeader(),
    };
    const message: Signable = { method: 'POST', path: wire.target(to, path), headers };
    const signed = { ...headers, ...signMessage(message, REQUEST_COMPONENTS, key, { created: seconds, nonce: randomBytes(16).toString('base64url') }) };
    return { answer: await wire.exchange(to, { path, headers: signed, body }, signal), request: { ...message, headers: signed } };
  }

  /** The JSON of an answer that the other node has signed. Throws what it says, when it says no. */
  async function read({ answer, request }: Exchanged, to: Callee): Promise<unknown> {
    const { status, headers } = answer;
    const text = await readWhole(answer.body, MAX_ANSWER, to);
    let claim: ReturnType<typeof readClaim>;
    try {
      claim = readClaim(headers, ANSWER_COMPONENTS);
    } catch (error) {
      if (!(error instanceof SignatureRefused)) throw error;
      // Something in between has answered, or nothing that is a node.
      throw new EntenteError('peer-unavailable', `${placeOf(to)} did not answer as a node does (HTTP ${status}).`, { status });
    }
    assertSigned({ status, headers, request }, claim, to.key);
    assertDigest(headers, text);
    const said = parseJson(text, to);
    if (status >= 200 && status < 300) return said;
    throw await refusal(to, status, said);
  }

  async function refusal(to: Callee, status: number, said: unknown): Promise<EntenteError> {
    const { code, message, details } = (said ?? {}) as { code?: unknown; message?: unknown; details?: unknown };
    const sentence = typeof message === 'string' ? message.slice(0, 2000) : `It answered HTTP ${status}.`;
    const more = typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
    if (code === 'internal') return new EntenteError('peer-unavailable', `${placeOf(to)} failed. Its log says more.`);
    if (code === 'node-guarded') return new EntenteError('peer-unavailable', `${placeOf(to)} waits for its operator: ${sentence}`, { guarded: true });
    if (typeof code !== 'string' || !(code in ERRORS)) return new EntenteError('peer-refused', `${placeOf(to)} refused: ${sentence}`);
    if (code === 'node-copied' && typeof more.boot === 'string' && typeof more.yours === 'string') await own.rival(more.yours, more.boot);
    return new EntenteError(code as ErrorCode, sentence, more);
  }

  /** Everything that nodes ask of each other may be asked twice: a connection that broke off is tried once more. */
  async function ask(to: Callee, path: string, body: unknown, key: SigningKey, signal: AbortSignal): Promise<unknown> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    if (bytes.length > MAX_BODY) throw new EntenteError('invalid-input', `What is to be sent is larger than ${MAX_BODY / 1_048_576} MB.`);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
    try {
      return await read(await exchange(to, path, bytes, key, limited), to);
    } catch (error) {
      if (!(error instanceof EntenteError) || error.details.again !== true || limited.aborted) throw error;
      return read(await exchange(to, path, bytes, key, limited), to);
    }
  }

  /** The key that the other side of a connection knows us by; a new one is told first. */
  async function keyFor(to: Callee, path: string, signal: AbortSignal): Promise<SigningKey> {
    const { key } = own.current();
    const connection = /^connections\/([^/]+)\//.exec(path)?.[1];
    if (connection === undefined || own.formerKeys().size === 0) return key;
    const side = await deps.sideOf(connection);
    const former = side === null ? undefined : own.formerKeys().get(side);
    if (side === null || !former) return key;
    const body = { key: key.key, proof: newKeyProof(connection, former.key, key) };
    const tell = (by: SigningKey) => ask(to, `connections/${connection}/key`, body, by, signal);
    try {
      Done.parse(await tell(former));
    } catch (error) {
      // It was told, and we did not hear of it.
      if (!(error instanceof EntenteError && error.code === 'bad-signature' && error.details.reason === 'other-key')) throw error;
      Done.parse(await tell(key));
    }
    await own.keyTold(side);
    return key;
  }

  return {
    async card() {
      return cardOf(deps);
    },
    discover: (url, signal) => discover(deps.fetch, url, signal),
    serves: (node, trackerUrl, signal) => serves(deps.fetch, node, trackerUrl, signal),

    async call(to, path, body, answer, signal) {
      own.assertFree();
      const said = await ask(to, path, body, await keyFor(to, path, signal), signal);
      const parsed = answer.safeParse(said);
      if (!parsed.success)
        throw new EntenteError('peer-refused', `${placeOf(to)} answered with something else than was asked for: ${firstIssue(parsed.error)}`);
      return parsed.data;
    },

    async raw(to, path, body, signal) {
      own.assertFree();
      await ask(to, path, body, await keyFor(to, path, signal), signal);
    },

    async stream(to, path, body, signal) {
      own.assertFree();
      const key = await keyFor(to, path, signal);
      const begin = async (offset: number): Promise<Exchanged> => {
        const begun = await exchange(to, path, Buffer.from(JSON.stringify({ ...body, offset })), key, signal);
        if (begun.answer.status !== 200 || headerOf(begun.answer.headers, 'content-type') !== FRAMES) {
          await read(begun, to);
          throw new EntenteError('peer-refused', `${placeOf(to)} answered with something else than was asked for.`);
        }
        return begun;
      };
      const way = { current: await begin(0) };
      const result = Readable.from(continued(way, begin, to, signal), { objectMode: false });
      // One that was never begun, or that waits for its next piece, would leave the connection open.
      result.once('close', () => way.current.answer.body.on('error', () => undefined).destroy());
      return result;
    },
  };

  /** The content, across breaks. What was altered is found at the end, before whoever reads it can take it for complete. */
  async function* continued(
    way: { current: Exchanged },
    begin: (offset: number) => Promise<Exchanged>,
    to: Callee,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let at = 0;
    for (let breaks = 0; ; ) {
      const before = at;
      const { current } = way;
      try {
        for await (const piece of fromFrames(current.answer.body)) {
          if ('trailers' in piece) return assertContent(piece.trailers, current.request, to.key, hash.digest());
          hash.update(piece.bytes);
          at += piece.bytes.length;
          yield piece.bytes;
        }
      } catch (error) {
        if (error instanceof SignatureRefused) throw error;
        breaks = at > before ? 0 : breaks + 1;
        if (breaks >= BREAKS || signal.aborted) throw new EntenteError('peer-unavailable', `${placeOf(to)}: the content broke off again and again.`, {}, error);
      } finally {
        current.answer.body.destroy();
      }
      way.current = await again(() => begin(at), signal);
    }
  }
}

/** After a break the way may need a moment. */
async function again(begin: () => Promise<Exchanged>, signal: AbortSignal): Promise<Exchanged> {
  for (let attempt = 1; ; attempt++)
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof EntenteError && error.code === 'peer-unavailable') || attempt === BREAKS || signal.aborted) throw error;
      await sleep(300 * 2 ** attempt, undefined, { signal }).catch(() => undefined);
    }
}

export const cardOf = ({ own, url, version }: Pick<ClientDeps, 'own' | 'url' | 'version'>): NodeCard => ({
  id: own.current().id,
  url,
  key: own.current().key.key,
  version,
  protocol: { ...PROTOCOL },
  capabilities: [...CAPABILITIES],
});

export const placeOf = ({ node, url }: Callee): string => (url === null ? `The node ${node}` : new URL(url).host);

function parseJson(text: Buffer, to: Callee): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    throw new EntenteError('peer-refused', `${placeOf(to)} answered with something else than was asked for.`);
  }
}

const firstIssue = ({ issues: [issue] }: z.ZodError): string => `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`.trim();

async function readWhole(body: Readable, max: number, to: Callee): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += (chunk as Buffer).length;
      if (size > max) throw new EntenteError('peer-refused', `${placeOf(to)} answered with more than ${max / 1_048_576} MB.`);
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof EntenteError) throw error;
    throw new EntenteError('peer-unavailable', `${placeOf(to)}: the answer broke off.`, { again: true }, error);
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks);
}
