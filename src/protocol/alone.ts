import { EntenteError } from '../core/errors.ts';
import { newKeyPair, newNodeId, signingKey } from './identity.ts';
import type { PeerClient } from './ports.ts';
import { CAPABILITIES, PROTOCOL } from './wire.ts';

/** A node that knows no other: connections between its own instances work, every other address has nobody. */
export function alone(url: string): PeerClient & { sign(text: string): Promise<string> } {
  const { key, seed } = newKeyPair();
  const own = signingKey(key, seed);
  const id = newNodeId();
  const nobody = async (): Promise<never> => {
    throw new EntenteError('no-node');
  };
  return {
    card: async () => ({ id, url, key, version: '0.1.0', protocol: { ...PROTOCOL }, capabilities: [...CAPABILITIES] }),
    sign: async (text) => own.sign(text).toString('base64url'),
    discover: nobody,
    serves: async () => null,
    call: nobody,
    stream: nobody,
  };
}
