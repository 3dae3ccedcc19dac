import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Something sealed cannot be opened, or there is no usable key. The message says what to do and holds no secret. */
export class SecretError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SecretError';
  }
}

/** Seals secrets for storage: AES-256-GCM, bound to the record that they belong to. */
export interface Vault {
  /** Sealed with the current key. Other bytes every time. */
  seal(plaintext: Buffer, recordId: string): Buffer;
  /** Throws SecretError when it was sealed with an unknown key, belongs to another record, or was changed. */
  open(sealed: Buffer, recordId: string): Buffer;
  /** Sealed anew with the current key; null when it is already. */
  reseal(sealed: Buffer, recordId: string): Buffer | null;
}

const VERSION = 1;
const KEY_BYTES = 32;
const [PRINT, NONCE, TAG] = [4, 12, 16];
const HEAD = 1 + PRINT + NONCE + TAG;

interface Key {
  readonly bytes: Buffer;
  /** Names the key in what it has sealed, so that several can be in use during a rotation. */
  readonly print: Buffer;
}

const toKey = (bytes: Buffer): Key => {
  if (bytes.length !== KEY_BYTES) throw new SecretError(`A key has ${KEY_BYTES} bytes, this one has ${bytes.length}.`);
  return { bytes, print: createHash('sha256').update('entente key').update(bytes).digest().subarray(0, PRINT) };
};

/** The first key seals; the others only open what was sealed before a rotation. */
export function createVault(current: Buffer, ...older: Buffer[]): Vault {
  const key = toKey(current);
  const keys = [key, ...older.map(toKey)];

  function keyOf(sealed: Buffer): Key {
    if (sealed.length < HEAD || sealed[0] !== VERSION) throw new SecretError('This is no sealed secret, or one of a newer version of Entente.');
    const print = sealed.subarray(1, 1 + PRINT);
    const found = keys.find((candidate) => candidate.print.equals(print));
    if (!found)
      throw new SecretError(
        `A stored secret was sealed with another key (${print.toString('hex')}). Start with the key file that belongs to this database, or add the old key as a further line of it.`,
      );
    return found;
  }

  // Layout: version, print of the key, nonce, tag, ciphertext.
  function seal(plaintext: Buffer, recordId: string): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
    cipher.setAAD(Buffer.from(recordId));
    const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), key.print, nonce, cipher.getAuthTag(), text]);
  }

  function open(sealed: Buffer, recordId: string): Buffer {
    const { bytes } = keyOf(sealed);
    const nonce = sealed.subarray(1 + PRINT, 1 + PRINT + NONCE);
    const decipher = createDecipheriv('aes-256-gcm', bytes, nonce, { authTagLength: TAG });
    decipher.setAAD(Buffer.from(recordId));
    decipher.setAuthTag(sealed.subarray(HEAD - TAG, HEAD));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()]);
    } catch (cause) {
      throw new SecretError(`The stored secret of ${recordId} was damaged or belongs to something else. Enter it again.`, { cause });
    }
  }

  return { seal, open, reseal: (sealed, recordId) => (keyOf(sealed) === key ? null : seal(open(sealed, recordId), recordId)) };
}

/**
 * The node's keys, the current one first: ENTENTE_KEY, else the file `key` in the data folder, which is made at the first start. Each key is 32 bytes in
 * base64; several stand on lines of their own (or between commas) while a rotation is under way. Throws SecretError.
 */
export function loadKeys(home: string, env: NodeJS.ProcessEnv = process.env): [Buffer, ...Buffer[]] {
  if (env.ENTENTE_KEY) return parseKeys(env.ENTENTE_KEY, 'ENTENTE_KEY');
  const file = path.join(home, 'key');
  if (!fs.existsSync(file)) makeKeyFile(file);
  const { mode } = fs.statSync(file);
  if (mode & 0o077) throw new SecretError(`${file} can be read by other users of this machine. Run: chmod 600 ${file}`);
  return parseKeys(fs.readFileSync(file, 'utf8'), file);
}

function makeKeyFile(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  fs.writeFileSync(fresh, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link fails where a file is already: of two processes that start at once, one makes the key, and nobody reads half of it.
    fs.linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(fresh);
  }
}

function parseKeys(text: string, from: string): [Buffer, ...Buffer[]] {
  const lines = text.split(/[\s,]+/).filter(Boolean);
  const keys = lines.map((line, i) => {
    const bytes = Buffer.from(line, 'base64');
    if (bytes.length !== KEY_BYTES)
      throw new SecretError(`Key ${i + 1} of ${from} is not ${KEY_BYTES} bytes in base64. Make one with: openssl rand -base64 32`);
    return bytes;
  });
  const [first, ...rest] = keys;
  if (!first) throw new SecretError(`${from} holds no key. Restore it from your backup; without it, the stored credentials cannot be opened.`);
  return [first, ...rest];
}
