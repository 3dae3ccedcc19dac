import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);
const COST = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 };

export const PASSWORD_LENGTH = { min: 10, max: 200 } as const;

/** What is wrong with a password that somebody chooses, in a sentence; null: nothing. `about`: what everybody knows of that person. */
export function weakness(password: string, about: readonly string[] = []): string | null {
  const plain = password.normalize('NFKC').toLowerCase();
  if (new Set(plain).size < 5) return 'The password is too simple: it has to have at least five different characters.';
  // Taken out, what everybody knows has to leave enough to guess.
  const known = about.flatMap((text) => [text, ...text.split(/[@\s.]+/)]).map((text) => text.normalize('NFKC').toLowerCase());
  const rest = known
    .filter((text) => text.length > 2)
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, text) => left.replaceAll(text, ''), plain);
  if (rest.trim().length < 4) return 'The password is too simple: it consists of your name or e-mail address.';
  const runs = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm'];
  if (
    runs.some(
      (run) =>
        (run + run).includes(plain) ||
        Array.from(run + run)
          .toReversed()
          .join('')
          .includes(plain),
    )
  )
    return 'The password is too simple: it is a row of the keyboard or the alphabet.';
  if (/^(.{1,6})\1+$/u.test(plain) || /^(pass?(w(o|ö)rd|wort)|entente|letmein|welcome|admin|iloveyou)[\W\d_]*$/u.test(plain))
    return 'The password is too simple: it is among the first that anybody tries.';
  return null;
}

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
