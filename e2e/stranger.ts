import { randomBytes } from 'node:crypto';
import { newKeyPair, newNodeId, signingKey } from '../src/protocol/identity.ts';
import { digestOf, REQUEST_COMPONENTS, signMessage } from '../src/protocol/signature.ts';
import type { Half, InstanceCard, NodeCard } from '../src/protocol/wire.ts';

/** A node of which only the pen exists: it signs what it likes, and nobody can call it. */
export interface Stranger {
  readonly card: NodeCard;
  readonly instance: InstanceCard;
  readonly half: Half;
  /** A signed `POST /entente/v1/<path>` whose body is sent as it stands. */
  call(path: string, body: string | Buffer): Promise<{ readonly status: number; readonly text: string }>;
}

/** `node`: the id of the node that is called. */
export function stranger(to: { readonly url: string; readonly node: string }): Stranger {
  const { key, seed } = newKeyPair();
  const pen = signingKey(key, seed);
  const id = newNodeId();
  const boot = `b${randomBytes(12).toString('hex')}`;
  const card: NodeCard = {
    id,
    url: null,
    key,
    version: '0.1.0',
    protocol: { newest: 1, oldest: 1 },
    capabilities: ['mode.basic', 'file.range', 'relay', 'lifecycle', 'key.rotation'],
  };
  const instance: InstanceCard = {
    id: `i${randomBytes(8).toString('hex')}`,
    slug: 'stranger',
    name: 'A stranger',
    platform: 'zendesk',
    platformName: 'Zendesk',
    nouns: { entity: 'ticket', entities: 'tickets', scope: 'brand' },
    url: 'https://stranger.zendesk.example',
  };
  return {
    card,
    instance,
    half: { node: card, instance, side: `s${randomBytes(8).toString('hex')}`, scope: null, setUpBy: 'Somebody' },
    async call(path, body) {
      const target = `/entente/v1/${path}`;
      const headers = {
        'content-type': 'application/json',
        'content-digest': digestOf(body),
        'entente-to': to.node,
        'entente-boot': boot,
      };
      const message = { method: 'POST', path: target, headers };
      const signed = signMessage(message, REQUEST_COMPONENTS, pen, { created: Math.floor(Date.now() / 1000), nonce: randomBytes(12).toString('base64url') });
      const response = await fetch(to.url + target, {
        method: 'POST',
        headers: { ...headers, ...signed },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      return { status: response.status, text: await response.text() };
    },
  };
}
