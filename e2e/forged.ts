import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { createVault, loadKeys } from '../src/lib/secrets.ts';
import { newKeyPair, type SigningKey, signingKey } from '../src/protocol/identity.ts';
import { digestOf, REQUEST_COMPONENTS, type Signable, signMessage } from '../src/protocol/signature.ts';
import type { Company } from './two-nodes.ts';

/** A signed request, as it would go over the wire. */
export interface Forged {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** The key of a company's node, as only somebody with its database and its master key could have it. */
export async function keyOf({ pool, home }: Company): Promise<SigningKey> {
  const { rows } = await pool.query<{ key: string; secret: Buffer }>('select key, secret from node');
  const [row] = rows;
  if (!row) throw new Error('The node has no identity yet.');
  return signingKey(row.key, createVault(...loadKeys(path.resolve(home), {})).open(row.secret, 'node/key'));
}

export function otherKey(): SigningKey {
  const { key, seed } = newKeyPair();
  return signingKey(key, seed);
}

interface Wanted {
  readonly key: SigningKey;
  /** Id of the node that is called. */
  readonly to: string;
  readonly boots: string;
  readonly path: string;
  /** JSON, or bytes as they are. */
  readonly body: unknown;
  /** Seconds since 1970. */
  readonly created?: number;
}

export function forge({ key, to, boots, path: target, body, created = Math.floor(Date.now() / 1000) }: Wanted): Forged {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const headers = { 'content-type': 'application/json', 'content-digest': digestOf(bytes), 'entente-to': to, 'entente-boot': boots };
  const message: Signable = { method: 'POST', path: target, headers };
  const signature = signMessage(message, REQUEST_COMPONENTS, key, { created, nonce: randomBytes(16).toString('base64url') });
  return { path: target, headers: { ...headers, ...signature, 'content-length': `${bytes.length}` }, body: bytes };
}

export async function send(
  url: string,
  { path: target, headers, body }: Forged,
): Promise<{ status: number; body: { code?: string; message?: string; details?: { reason?: string } } }> {
  const request = http.request(new URL(target, url), { method: 'POST', headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) };
}
