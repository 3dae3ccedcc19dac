import { createHash } from 'node:crypto';
import { EntenteError } from '../core/errors.ts';
import { isSignedBy, type SigningKey } from './identity.ts';
import { type InnerList, type Item, isInnerList, parseDictionary, writeInnerList, writeItem } from './structured-fields.ts';

/** HTTP message signatures (RFC 9421) with Ed25519, and content digests (RFC 9530), as far as nodes use them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A message as its signature sees it. `headers` have names in lower case. */
export interface Signable {
  readonly method?: string;
  /** Of the target, without the query. */
  readonly path?: string;
  readonly authority?: string;
  readonly status?: number;
  readonly headers: Headers;
  readonly trailers?: Headers;
  /** Of an answer: what it answers. */
  readonly request?: Signable;
}

/** Why a signature is not taken. */
export type Refusal = 'unsigned' | 'altered' | 'other-key' | 'other-node' | 'too-old' | 'from-the-future' | 'replayed';

export class SignatureRefused extends EntenteError {
  readonly reason: Refusal;
  constructor(reason: Refusal, message: string) {
    super('bad-signature', message, { reason });
    this.reason = reason;
  }
}

/** How far the clocks of two nodes may be apart. */
export const TOLERANCE_SECONDS = 300;
const LABEL = 'entente';

export const REQUEST_COMPONENTS = ['"@method"', '"@path"', '"content-digest"', '"entente-to"', '"entente-boot"'] as const;
/** The signature of the request is covered, so that an answer fits only the request that it was made for. */
export const ANSWER_COMPONENTS = ['"@status"', '"content-digest"', `"signature";req;key="${LABEL}"`] as const;
/** At the end of a stream: the digest of the whole content, wherever the stream began. */
export const TRAILER_COMPONENTS = ['"repr-digest";tr', `"signature";req;key="${LABEL}"`] as const;

export const digestOf = (body: Buffer | string): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

interface Params {
  /** Seconds since 1970. */
  readonly created: number;
  readonly nonce?: string;
}

/** Headers (or trailers) that sign `message`. Throws when it lacks one of the components. */
export function signMessage(message: Signable, components: readonly string[], key: SigningKey, { created, nonce }: Params): Record<string, string> {
  const params = `(${components.join(' ')});created=${created}${nonce === undefined ? '' : `;nonce="${nonce}"`};keyid="${key.key}";alg="ed25519"`;
  const input = parseDictionary(`${LABEL}=${params}`)?.get(LABEL);
  if (!isInnerList(input)) throw new TypeError(`${params} cannot be signed.`);
  const base = signatureBase(message, input);
  return { 'signature-input': `${LABEL}=${params}`, signature: `${LABEL}=:${key.sign(base).toString('base64')}:` };
}

/** What is signed (RFC 9421, 2.5). Throws SignatureRefused `altered` when the message lacks a component that is named. */
export function signatureBase(message: Signable, input: InnerList): string {
  const lines = input.items.map((item) => `${writeItem(item)}: ${componentValue(message, item)}`);
  return [...lines, `"@signature-params": ${writeInnerList(input)}`].join('\n');
}

function componentValue(message: Signable, { value: name, params }: Item): string {
  const of = params.get('req') === true ? message.request : message;
  const missing = () => new SignatureRefused('altered', `The signature covers ${writeItem({ value: name, params })}, which the message does not have.`);
  if (typeof name !== 'string' || !of) throw missing();
  const found = derived(of, name) ?? field(params.get('tr') === true ? of.trailers : of.headers, name, params.get('key'));
  if (found === undefined) throw missing();
  return found;
}

function derived({ method, path, authority, status }: Signable, name: string): string | undefined {
  switch (name) {
    case '@method':
      return method;
    case '@path':
      return path;
    case '@authority':
      return authority?.toLowerCase();
    case '@status':
      return status?.toString();
    default:
      return undefined;
  }
}

function field(headers: Headers | undefined, name: string, key: unknown): string | undefined {
  const text = headerOf(headers, name);
  if (text === undefined || key === undefined) return text;
  const member = typeof key === 'string' ? parseDictionary(text)?.get(key) : undefined;
  return member && (isInnerList(member) ? writeInnerList(member) : writeItem(member));
}

/** A header that came several times is one value, with commas. */
export function headerOf(headers: Headers | undefined, name: string): string | undefined {
  const given = headers?.[name];
  return Array.isArray(given) ? given.map((one) => one.trim()).join(', ') : given?.trim();
}

/** A signature as the message claims it, not yet checked. */
export interface Claim {
  /** Public key, base64url. */
  readonly key: string;
  readonly created: number;
  readonly nonce: string | null;
  readonly input: InnerList;
  readonly signature: Buffer;
}

/**
 * Reads the signature of a message (RFC 9421, 3.2). One by the label `entente` goes before others. Throws SignatureRefused `unsigned` when there is none, or
 * one that leaves out a component or is made in another way.
 */
export function readClaim(headers: Headers | undefined, components: readonly string[]): Claim {
  const unsigned = (why: string) => new SignatureRefused('unsigned', `The message is not signed as it has to be: ${why}.`);
  const [inputs, signatures] = [headerOf(headers, 'signature-input'), headerOf(headers, 'signature')];
  if (inputs === undefined || signatures === undefined) throw unsigned('it has no signature');
  const [named, bytes] = [parseDictionary(inputs), parseDictionary(signatures)];
  if (!named || !bytes) throw unsigned('its signature cannot be read');
  const label = named.has(LABEL) ? LABEL : named.size === 1 ? [...named.keys()][0] : undefined;
  const input = label === undefined ? undefined : named.get(label);
  const signed = label === undefined ? undefined : bytes.get(label);
  if (!isInnerList(input) || !signed || isInnerList(signed) || !Buffer.isBuffer(signed.value)) throw unsigned('its signature cannot be read');
  const covered = new Set(input.items.map(writeItem));
  const absent = components.filter((component) => !covered.has(component));
  if (absent.length > 0) throw unsigned(`the signature does not cover ${absent.join(', ')}`);
  const [created, keyid, alg, nonce] = ['created', 'keyid', 'alg', 'nonce'].map((name) => input.params.get(name));
  if (alg !== undefined && alg !== 'ed25519') throw unsigned('the algorithm is not ed25519');
  if (typeof created !== 'number' || typeof keyid !== 'string') throw unsigned('the signature does not say when it was made, or with which key');
  return { key: keyid, created, nonce: typeof nonce === 'string' && nonce.length <= 200 ? nonce : null, input, signature: signed.value };
}

/** `now`: milliseconds since 1970. Throws SignatureRefused `too-old`, `from-the-future`. */
export function assertFresh({ created }: Claim, now: number): void {
  const age = Math.round(now / 1000) - created;
  const minutes = Math.max(1, Math.round(Math.abs(age) / 60));
  if (age > TOLERANCE_SECONDS)
    throw new SignatureRefused(
      'too-old',
      `The request was signed ${minutes} minutes ago, and no more than ${TOLERANCE_SECONDS / 60} are allowed. Check the clocks of both nodes.`,
    );
  if (age < -TOLERANCE_SECONDS)
    throw new SignatureRefused('from-the-future', `The request was signed ${minutes} minutes in the future by the clock here. Check the clocks of both nodes.`);
}

/** Was the message signed with this key? Throws SignatureRefused `other-key`, `altered`. */
export function assertSigned(message: Signable, claim: Claim, key: string): void {
  if (claim.key !== key)
    throw new SignatureRefused('other-key', `The message is signed with another key than the one that was agreed: ${claim.key.slice(0, 60)}.`);
  if (!isSignedBy(key, signatureBase(message, claim.input), claim.signature))
    throw new SignatureRefused('altered', 'The message was altered on the way: its signature does not fit.');
}

/** Throws SignatureRefused `altered` when the body is not the one whose digest was signed. */
export function assertDigest(headers: Headers, body: Buffer | string): void {
  const member = parseDictionary(headerOf(headers, 'content-digest') ?? '')?.get('sha-256');
  const given = member && !isInnerList(member) && Buffer.isBuffer(member.value) ? member.value : null;
  if (!given?.equals(createHash('sha256').update(body).digest()))
    throw new SignatureRefused('altered', 'The message was altered on the way: its content is not the one that was signed.');
}
