import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);
const COST = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 };

/** Argon2id with a salt of its own, as text that says how it was made. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive('argon2id', { message: password.normalize('NFKC'), nonce, ...COST });
  return `argon2id$${nonce.toString('base64url')}$${tag.toString('base64url')}`;
}

export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [, nonce = '', tag = ''] = hash.split('$');
  const stored = Buffer.from(tag, 'base64url');
  const again = await derive('argon2id', { message: password.normalize('NFKC'), nonce: Buffer.from(nonce, 'base64url'), ...COST });
  return again.length === stored.length && timingSafeEqual(again, stored);
}
