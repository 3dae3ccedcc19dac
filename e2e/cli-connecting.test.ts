import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';

const desk = await testDesk({ seeded: true });
const { node, home, acme, globex } = desk;
for (const [slug, sim] of [
  ['acme', acme],
  ['globex', globex],
] as const)
  await desk.call('POST', '/instances', { slug, platform: 'zendesk', settings: desk.settings(sim) });

/** Runs bin/entente as a person would, with the data folder of the node. */
async function entente(line: string, options: { input?: string; more?: string[] } = {}): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(path.resolve('bin/entente'), [...line.split(' '), ...(options.more ?? [])], {
    env: { ...process.env, ENTENTE_HOME: home, ENTENTE_NODE: node.url },
  });
  child.stdin.end(options.input ?? '');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out: out.trimEnd(), err: err.trimEnd() };
}

test('an address is looked up, also by the tracker’s own address', async () => {
  const found = await entente(`connection lookup ${globex.url}/agent/tickets/1 --instance acme`);
  expect(found.err).toBe('');
  expect(found.out.split('\n').slice(1, 3)).toEqual(['It is an instance of this node.', 'basic   available']);
  expect(await entente('connection lookup nowhere --instance acme')).toMatchObject({ code: 1, err: expect.stringContaining('(wrong-address)') });
});

test('an invitation goes from one side to the other by pipe, and the connection lives and ends', async () => {
  expect(await entente('connection invite --instance acme')).toMatchObject({ code: 1, err: expect.stringContaining('(consent-needed)') });
  const invited = await entente('connection invite --instance acme --internal-comments-become-public', { more: ['--name', 'By pipe'] });
  expect(invited.out).toMatch(/^entente\.1\.[\w-]+\.[\w-]{86}$/);
  expect(invited.err).toContain('It is by-pipe in commands.');
  expect((await entente('connection list')).out).toMatch(/by-pipe +acme.*\(not accepted yet\) +basic +pending/);
  expect((await entente('connection invitation by-pipe')).out).toBe(invited.out);

  const old = invited.out;
  const { out: code } = await entente('connection reissue by-pipe');
  expect(await entente('connection accept --instance globex --read', { input: old })).toMatchObject({
    code: 1,
    err: expect.stringContaining('(invitation-revoked)'),
  });
  const read = await entente('connection accept --instance globex --read', { input: code });
  expect(read.out).toContain('invites you to the connection By pipe with');
  expect(read.out).toContain('What becomes public:');
  expect(await entente('connection accept --instance globex --internal-comments-become-public', { input: code })).toMatchObject({
    code: 1,
    err: expect.stringContaining('Globex Engineering, Globex Field Ops'),
  });
  const accepted = await entente('connection accept --instance globex --internal-comments-become-public', {
    input: `\n${code}\n`,
    more: ['--scope', 'Globex Engineering'],
  });
  expect(accepted).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^By pipe is active\.\n/) });

  expect((await entente('connection rename by-pipe', { more: ['Another name'] })).out).toBe('It is named Another name now, and still by-pipe in commands.');
  expect((await entente('sync by-pipe acme/1 --wait')).code).toBe(0);
  const mapping = (await entente('connection mapping by-pipe')).out.split('\r\n');
  expect(mapping[0]).toBe('our URN,our URL,their URN,their URL,status,in sync since');
  expect(mapping[1]).toMatch(/^1,http.*,\d+,http.*,under sync,20\d\d-/);

  expect(await entente('connection remove by-pipe')).toMatchObject({ code: 2, err: expect.stringContaining('ends 1 pairs') });
  expect((await entente('connection remove by-pipe --yes')).out).toBe('Another name is removed. All tickets stayed as they are.');
  expect(await entente('connection mapping by-pipe')).toMatchObject({ code: 1, err: expect.stringContaining('(unknown-connection)') });
});

test('an invitation that was revoked has no code any more', async () => {
  const { out: code } = await entente('connection invite --instance acme --internal-comments-become-public', { more: ['--name', 'Taken back'] });
  expect((await entente('connection revoke taken-back')).out).toContain('The invitation is revoked.');
  expect((await entente('connection invitation taken-back')).out).toContain('The invitation is revoked.');
  expect(await entente('connection accept --instance globex --internal-comments-become-public', { input: code })).toMatchObject({
    code: 1,
    err: expect.stringContaining('(invitation-revoked)'),
  });
});
