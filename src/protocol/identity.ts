import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';

/** A key pair of this node. */
export interface SigningKey {
  /** Public, 32 bytes in base64url: it names the key wherever one is named. */
  readonly key: string;
  /** Ed25519, 64 bytes. */
  sign(data: string | Buffer): Buffer;
}

/** `n` and 16 hexadecimal digits. */
export const newNodeId = (): string => `n${randomBytes(8).toString('hex')}`;
/** One run of a node, from start to stop, whatever the number of its processes. */
export const newBoot = (): string => `b${randomBytes(12).toString('hex')}`;

/** The private half is a seed of 32 bytes, to be sealed before it is stored. */
export function newKeyPair(): { readonly key: string; readonly seed: Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { key: publicKey.export({ format: 'jwk' }).x ?? '', seed: Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url') };
}

export function signingKey(key: string, seed: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key, d: seed.toString('base64url') }, format: 'jwk' });
  return { key, sign: (data) => sign(null, Buffer.from(data), privateKey) };
}

const publicKeys = new Map<string, KeyObject>();

/** False for a key that is none, too. */
export function isSignedBy(key: string, data: string | Buffer, signature: Buffer): boolean {
  try {
    let publicKey = publicKeys.get(key);
    if (!publicKey) {
      publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
      // Anybody can show a new key; only a few are needed again.
      if (publicKeys.size > 1000) publicKeys.clear();
      publicKeys.set(key, publicKey);
    }
    return verify(null, Buffer.from(data), publicKey, signature);
  } catch {
    return false;
  }
}

/** Of a public key, for reading aloud: eight groups of four letters and digits that cannot be mistaken for each other. */
export function fingerprint(key: string): string {
  const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';
  let number = BigInt(`0x${createHash('sha256').update(Buffer.from(key, 'base64url')).digest('hex')}`);
  let text = '';
  for (let i = 0; i < 32; i++) {
    text += alphabet[Number(number % BigInt(alphabet.length))];
    number /= BigInt(alphabet.length);
  }
  return text.match(/.{4}/g)?.join(' ') ?? '';
}
