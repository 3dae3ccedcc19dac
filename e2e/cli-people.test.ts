import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';

const { node, home, acme, settings } = await testDesk({ seeded: true });

/** Runs bin/entente as a person would; the operator's token is in the data folder. */
async function entente(args: string[], env: NodeJS.ProcessEnv = {}, input = '') {
  const child = spawn(path.resolve('bin/entente'), args, { env: { ...process.env, ENTENTE_HOME: home, ENTENTE_NODE: node.url, ...env } });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out: out.trimEnd(), err: err.trimEnd() };
}

test('an instance is changed: who may connect, its time zone, its credentials, which are checked first', async () => {
  await entente(['instance', 'add', 'acme', '--platform', 'zendesk', '--title', 'Acme', '--settings', '-'], {}, JSON.stringify(settings(acme)));
  expect(await entente(['instance', 'change', 'acme', '--title', 'Acme Support', '--time-zone', 'Europe/Berlin'])).toMatchObject({
    code: 0,
    out: `Changed acme: Acme Support, ${acme.url}`,
  });
  const listed = await entente([
    'instance',
    'change',
    'acme',
    '--who-may-connect',
    'allow-list',
    '--allow',
    'https://a.example',
    '--allow',
    'b.example',
    '--json',
  ]);
  expect(JSON.parse(listed.out)).toMatchObject({ whoMayConnect: 'allow-list', allowList: ['https://a.example', 'b.example'], timeZone: 'Europe/Berlin' });
  const wrong = await entente(['instance', 'change', 'acme', '--set', `auth.email=${acme.credentials.email}`, '--token-env', 'T'], { T: 'stale-secret' });
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('(tracker-auth)');
  expect(wrong.err).not.toContain('stale-secret');
  const renewed = await entente(['instance', 'change', 'acme', '--set', `auth.email=${acme.credentials.email}`, '--token-env', 'T'], {
    T: acme.credentials.token,
  });
  expect(renewed).toMatchObject({ code: 0, err: '' });
  expect((await entente(['instance', 'change', 'acme', '--time-zone', 'Mars/Olympus'])).err).toContain('no time zone named Mars/Olympus');
  expect(await entente(['instance', 'change', 'acme'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Say what changes') });
});

test('members are added with an address to hand over, changed and removed; the last owner stays', async () => {
  const member = (...args: string[]) => entente(['member', ...args, '--instance', 'acme']);
  const added = await member('add', 'ada@acme.test', '--role', 'owner');
  expect(added.out).toMatch(new RegExp(`^${node.url}/join/[\\w-]{32}$`));
  expect(added.err).toMatch(/works once, until 2\d{3}-/);
  const joined = await fetch(`${node.url}/api/v1/join/${added.out.split('/').at(-1)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada', password: 'correct horse battery' }),
  });
  expect(joined.status).toBe(201);
  expect((await member('list')).out.split('\n')[1]).toMatch(/^ada@acme\.test\s+owner\s+Ada\s+2\d{3}-/);
  expect(await member('role', 'Ada@acme.test', '--role', 'viewer')).toMatchObject({ code: 1, err: expect.stringContaining('(last-owner)') });
  await member('add', 'bo@acme.test', '--role', 'viewer');
  expect((await member('role', 'bo@acme.test', '--role', 'admin')).out).toBe('bo@acme.test is admin of acme now.');
  expect((await member('remove', 'bo@acme.test')).out).toBe('bo@acme.test is no member of acme any more.');
  expect(await member('remove', 'bo@acme.test')).toMatchObject({ code: 1, err: expect.stringContaining('Those are: ada@acme.test.') });
  expect((await member('add', 'bo@acme.test', '--role', 'king')).code).toBe(2);
});

test('a token does what it was made for, is printed once, and ends', async () => {
  const made = await entente(['token', 'create', 'reporting', '--instance', 'acme', '--role', 'viewer']);
  expect(made.out).toMatch(/^entente_[\w-]{43}$/);
  const env = { ENTENTE_TOKEN: made.out };
  expect((await entente(['instance', 'list'], env)).out).toContain('acme');
  expect(await entente(['instance', 'check', 'acme'], env)).toMatchObject({ code: 1, err: expect.stringContaining('(not-allowed)') });
  const { out } = await entente(['token', 'list']);
  expect(out).toMatch(/^reporting\s+acme\s+viewer/m);
  expect(out).not.toContain(made.out);
  expect((await entente(['token', 'remove', 'reporting'])).out).toBe('The token reporting has ended.');
  expect(await entente(['instance', 'list'], env)).toMatchObject({ code: 1, err: expect.stringContaining('(sign-in-needed)') });
  expect(await entente(['token', 'remove', 'cli'])).toMatchObject({ code: 1, err: expect.stringContaining('made anew at each start') });
});

test('the audit tells who did what; the node tells who it is', async () => {
  const { out } = await entente(['audit', '--instance', 'acme']);
  expect(out).toContain('ada@acme.test was made an owner of Acme Support.');
  expect(out).toContain('Changed at Acme Support: the address or the credentials.');
  expect((await entente(['audit', '--limit', '2'])).out.split('\n')).toHaveLength(3);
  expect((await entente(['audit', '--limit', 'all'])).code).toBe(2);
  const shown = await entente(['node', 'show']);
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/fingerprint (?:\w{4} ?){8}\n {2}You are cli, an operator: acme \(owner\)/) });
  expect(await entente(['node', 'rotate'])).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  const rotated = await entente(['node', 'rotate', '--yes']);
  expect(rotated.out).toMatch(/^The node has a new key\. Its fingerprint is /);
  expect((await entente(['node', 'show'])).out).not.toBe(shown.out);
});

test('an instance is removed only when that is confirmed', async () => {
  expect(await entente(['instance', 'remove', 'acme'])).toMatchObject({ code: 2, err: expect.stringContaining('Repeat this with --yes') });
  expect((await entente(['instance', 'remove', 'acme', '--yes'])).out).toBe('Acme Support is removed. Nothing at Zendesk has changed.');
  expect((await entente(['instance', 'list'])).out).toContain('No instance yet.');
});
