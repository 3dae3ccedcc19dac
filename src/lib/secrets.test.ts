import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createVault, loadKeys, SecretError } from './secrets.ts';

const [key, newer] = [randomBytes(32), randomBytes(32)] as const;
const secret = Buffer.from('{"token":"correct horse"}');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-secrets-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const home = () => fs.mkdtempSync(path.join(folder, 'home-'));

test('what was sealed opens, for its own record only', () => {
  const vault = createVault(key);
  const sealed = vault.seal(secret, 'instance/acme/settings');
  expect(sealed.includes('correct horse')).toBe(false);
  expect(vault.open(sealed, 'instance/acme/settings')).toEqual(secret);
  expect(() => vault.open(sealed, 'instance/globex/settings')).toThrow(SecretError);
  expect(vault.open(vault.seal(Buffer.alloc(0), 'a'), 'a')).toEqual(Buffer.alloc(0));
});

test('the same secret is sealed differently each time', () => {
  const vault = createVault(key);
  const seen = new Set(Array.from({ length: 100 }, () => vault.seal(secret, 'a').toString('hex')));
  expect(seen.size).toBe(100);
});

test('a change of any single byte, and any shortening, is noticed', () => {
  const vault = createVault(key);
  const sealed = vault.seal(secret, 'a');
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
    expect(() => vault.open(changed, 'a'), `byte ${i}`).toThrow(SecretError);
    expect(() => vault.open(sealed.subarray(0, i), 'a'), `first ${i} bytes`).toThrow(SecretError);
  }
});

test('with another key, the message says what is wrong and holds no secret', () => {
  const sealed = createVault(key).seal(secret, 'a');
  expect(() => createVault(newer).open(sealed, 'a')).toThrow(/sealed with another key .*key file that belongs to this database/);
});

test('during a rotation both keys open, and only the newer one seals', () => {
  const old = createVault(key);
  const both = createVault(newer, key);
  const sealed = old.seal(secret, 'a');
  expect(both.open(sealed, 'a')).toEqual(secret);
  const again = both.reseal(sealed, 'a');
  expect(again && createVault(newer).open(again, 'a')).toEqual(secret);
  expect(again && both.reseal(again, 'a')).toBeNull();
  expect(() => old.open(both.seal(secret, 'a'), 'a')).toThrow(SecretError);
  expect(() => both.reseal(sealed, 'b')).toThrow(SecretError);
});

test('a key of another length is refused', () => {
  expect(() => createVault(randomBytes(16))).toThrow('32 bytes');
});

test('the key file is made at the first start, closed to others, and used from then on', () => {
  const at = path.join(home(), 'not', 'there', 'yet');
  const [made] = loadKeys(at, {});
  expect(made).toHaveLength(32);
  expect(fs.statSync(path.join(at, 'key')).mode & 0o777).toBe(0o600);
  expect(loadKeys(at, {})).toEqual([made]);
  expect(fs.readdirSync(at)).toEqual(['key']);
});

test('a key file that others can read is refused with the command that mends it', () => {
  const at = home();
  loadKeys(at, {});
  fs.chmodSync(path.join(at, 'key'), 0o640);
  expect(() => loadKeys(at, {})).toThrow(`chmod 600 ${path.join(at, 'key')}`);
});

test('several keys in the file: the first is the current one', () => {
  const at = home();
  fs.writeFileSync(path.join(at, 'key'), `${newer.toString('base64')}\n${key.toString('base64')}\n`, { mode: 0o600 });
  expect(loadKeys(at, {})).toEqual([newer, key]);
});

test('ENTENTE_KEY goes before the file, and no file is made', () => {
  const at = home();
  expect(loadKeys(at, { ENTENTE_KEY: `${newer.toString('base64')},${key.toString('base64')}` })).toEqual([newer, key]);
  expect(fs.readdirSync(at)).toEqual([]);
});

test('a damaged or empty key says so, without showing it', () => {
  const at = home();
  expect(() => loadKeys(at, { ENTENTE_KEY: 'c2hvcnQ=' })).toThrow(/^Key 1 of ENTENTE_KEY is not 32 bytes in base64\. Make one with: openssl rand -base64 32$/);
  fs.writeFileSync(path.join(at, 'key'), '\n', { mode: 0o600 });
  expect(() => loadKeys(at, {})).toThrow(/holds no key. Restore it from your backup/);
});

test('processes that start at once agree on one key', async () => {
  const at = home();
  const script = `import { loadKeys } from ${JSON.stringify(new URL('./secrets.ts', import.meta.url).href)}; console.log(loadKeys(${JSON.stringify(at)}, {})[0].toString('hex'));`;
  const keys = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      return said.toString().trim();
    }),
  );
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
});
