import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';

const desk = await testDesk({ seeded: true });
const { node, home, acme, globex } = desk;

const COMMAND = path.resolve('bin/entente');

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs bin/entente as a person would, with the data folder of the node. */
async function entente(args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
  const child = spawn(COMMAND, args, { env: { ...process.env, ENTENTE_HOME: home, ENTENTE_NODE: node.url, ...options.env } });
  child.stdin.end(options.input ?? '');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out: out.trimEnd(), err: err.trimEnd() };
}

test('instances are added with secrets from standard input or the environment, never from arguments', async () => {
  const json = JSON.stringify(desk.settings(acme));
  const added = await entente(['instance', 'add', 'acme', '--platform', 'zendesk', '--title', 'Acme Support', '--settings', '-'], { input: json });
  expect(added).toMatchObject({ code: 0, err: '' });
  expect(added.out).toContain('Added acme: Acme Support');
  expect(added.out).toContain('No permission is missing.');

  const options = ['--platform', 'zendesk', '--set', `url=${globex.url}`, '--set', `auth.email=${globex.credentials.email}`];
  const leaked = await entente(['instance', 'add', 'globex', ...options, '--set', `auth.token=${globex.credentials.token}`]);
  expect(leaked).toMatchObject({ code: 2, out: '' });
  expect(leaked.err).toContain('auth.token is a secret: give it with --secret-env auth.token=VARIABLE');
  const wrong = await entente(['instance', 'add', 'globex', ...options, '--token-env', 'TOKEN'], { env: { TOKEN: 'stale' } });
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toMatch(/does not accept the credentials.*\n {2}Enter working credentials.*\n {2}\(tracker-auth\)$/s);
  expect(await entente(['instance', 'add', 'globex', ...options, '--token-env', 'TOKEN'], { env: { TOKEN: globex.credentials.token } })).toMatchObject({
    code: 0,
  });

  const list = await entente(['instance', 'list']);
  expect(list.out.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['NAME', 'acme', 'globex']);
  expect((await entente(['instance', 'check', 'globex'])).code).toBe(0);
});

test('the app for the tracker is written to a file, with the steps of its installation', async () => {
  const file = path.join(home, 'app.zip');
  const made = await entente(['instance', 'app', 'acme', '-o', file]);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toMatch(new RegExp(`^Wrote ${file}\\. To install it:\n  1\\. .*\n  2\\. `));
  expect(acme.control.installApp(fs.readFileSync(file).toString('base64'))).toMatchObject({ title: 'Entente' });
  expect(await entente(['instance', 'app', 'acme', '-o', path.join(home, 'no-folder', 'app.zip')])).toMatchObject({ code: 2, out: '' });
  expect((await entente(['instance', 'app', 'nobody'])).err).toContain('unknown-instance');
});

test('a connection is created after the consent, and listed', async () => {
  const create = ['connection', 'create', '--mode', 'basic', '--from', 'acme', '--to', 'globex', '--name', 'Support and engineering'];
  const asked = await entente(create);
  expect(asked).toMatchObject({ code: 1, out: '' });
  expect(asked.err).toContain('--internal-comments-become-public');
  const scope = await entente([...create, '--internal-comments-become-public']);
  expect(scope.err).toContain('Globex Engineering, Globex Field Ops');
  const made = await entente([...create, '--internal-comments-become-public', '--to-scope', 'globex engineering']);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain('entente sync support-and-engineering acme/URN --wait');
  const [listed] = JSON.parse((await entente(['connection', 'list', '--json'])).out) as { slug: string; to: { scope: { name: string } } }[];
  expect(listed).toMatchObject({ slug: 'support-and-engineering', mode: 'basic', status: 'active', to: { scope: { name: 'Globex Engineering' } } });
});

test('sync --wait shows the stages with their milliseconds and both links at the end', async () => {
  const { code, out, err } = await entente(['sync', 'support-and-engineering', 'acme/1', '--wait']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(lines.slice(0, 5).map((line) => line.replace(/ +\d+ ms$/, ''))).toEqual(['captured', 'sent', 'received', 'applied', 'in-sync']);
  expect(lines[5]).toMatch(/^In sync since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/);
  expect(lines[6]).toBe('  Checkout fails with "payment could not be verified"');
  expect(lines[7]).toContain(`${acme.url}/agent/tickets/1`);
  expect(lines[8]).toContain(`${globex.url}/agent/tickets/`);
  const original = acme.control.tickets().find(({ id }) => id === 1);
  expect(globex.control.tickets().map(({ subject }) => subject)).toContain(original?.subject);
});

test('a reader that has seen enough ends the command quietly', async () => {
  const child = spawn(COMMAND, ['connection', 'list'], { env: { ...process.env, ENTENTE_HOME: home, ENTENTE_NODE: node.url } });
  child.stdout.destroy();
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ code: child.exitCode, err }).toEqual({ code: 0, err: '' });
});

test('what is wrong with a URN is said with what to do, and with an exit code', async () => {
  const sync = (urn: string) => entente(['sync', 'support-and-engineering', urn]);
  expect(await sync('1')).toMatchObject({
    code: 1,
    err: '1 exists on both sides: acme/1 and globex/1.\n  Put the instance’s name in front: acme/4711.\n  (ambiguous-urn)',
  });
  expect((await sync('acme/4711')).err).toContain('(wrong-urn)');
  expect((await sync('acme/1')).err).toContain('(already-under-sync)');
  expect((await entente(['sync', 'nosuch', 'acme/1'])).err).toContain('(unknown-connection)');
  const asJson = await entente(['sync', 'nosuch', 'acme/1', '--json']);
  expect(JSON.parse(asJson.err)).toMatchObject({ code: 'unknown-connection', remedy: expect.stringMatching(/./) });
  expect(asJson.code).toBe(1);
});

test('status and runs answer for the URN of either side', async () => {
  const [twin] = JSON.parse((await entente(['status', 'acme/1', '--json'])).out) as { to: { urn: string } }[];
  for (const urn of ['acme/1', `globex/${twin?.to.urn}`, `${globex.url}/agent/tickets/${twin?.to.urn}`]) {
    const status = await entente(['status', urn]);
    expect(status).toMatchObject({ code: 0, err: '' });
    expect(status.out).toMatch(/^Support and engineering\nIn sync since /);
  }
  const runs = await entente(['runs', 'acme/1']);
  expect(runs.out).toMatch(/in-sync/);
  expect(runs.out).toMatch(/Summary: \(nothing\) → /);
  expect(runs.out).toMatch(/POST \/api\/v2\/tickets\.json 201 \d+ ms/);
  expect(await entente(['status', 'acme/2'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('acme/2 is not under sync. To begin: entente sync CONNECTION acme/2'),
  });
});

test('a ticket that the tracker refuses is an error with exit code 1 until it is retried', async () => {
  globex.control.fault({
    kind: 'status',
    method: 'POST',
    path: '/api/v2/tickets.json',
    status: 422,
    body: { error: 'RecordInvalid', details: { subject: [{ description: 'Subject: is too rude' }] } },
  });
  const refused = await entente(['sync', 'support-and-engineering', 'acme/2', '--wait']);
  expect(refused.code).toBe(1);
  expect(refused.out).toMatch(/\nStopped: .*too rude.*\n/);
  expect(await entente(['errors'])).toMatchObject({ code: 1, out: expect.stringContaining('(tracker-rejected, since') });
  expect(await entente(['retry'])).toMatchObject({ code: 2, err: expect.stringContaining('Say which entity, or --all.') });
  expect(await entente(['retry', '--all'])).toMatchObject({ code: 0, out: '1 entity is looked at again.' });
  await expect.poll(async () => (await entente(['status', 'acme/2'])).out, { timeout: 20_000, interval: 500 }).toContain('In sync since');
  expect(await entente(['errors'])).toMatchObject({ code: 0, out: 'No errors.' });
  expect(await entente(['retry', 'acme/2'])).toMatchObject({ code: 0 });
});

test('a wrong command exits with 2, a node that is not there with 3', async () => {
  expect(await entente(['bogus'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining("unknown command 'bogus'") });
  expect(await entente(['sync', 'one'])).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'urn'") });
  expect(await entente(['errors', '--node', 'nonsense'])).toMatchObject({ code: 2 });
  expect(await entente(['errors', '--node', 'http://127.0.0.1:9'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('No node answers at http://127.0.0.1:9'),
  });
  expect(await entente(['errors', '--node', acme.url])).toMatchObject({ code: 3, err: expect.stringContaining('not an Entente node') });
  expect(await entente(['errors'], { env: { ENTENTE_HOME: os.tmpdir() } })).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no token for the node'),
  });
  expect(await entente(['errors'], { env: { ENTENTE_TOKEN: 'entente_wrong' } })).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not know the token'),
  });
  expect((await entente(['--help'])).out).toContain('Exit codes: 0 all is well, 1 a problem, 2 the command was wrong, 3 the node cannot be reached.');
  expect((await entente(['openapi'])).out).toBe(fs.readFileSync('docs/openapi.json', 'utf8').trimEnd());
});
