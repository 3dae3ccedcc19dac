import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const COMMAND = path.resolve('bin/entente');
const PORTS = [4700, 4701, 4710, 4711, 4712, 4713, 4810, 4811, 4812, 4813];

async function isFree(port: number): Promise<boolean> {
  const probe = net.connect(port, '127.0.0.1');
  try {
    await once(probe, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    probe.destroy();
  }
}

const busy = (await Promise.all(PORTS.map(isFree))).includes(false);
if (busy) console.log(`The demo is not tested: one of its ports ${PORTS.join(', ')} is in use.`);

interface Printed {
  readonly console: string;
  readonly email: string;
  readonly password: string;
}

/** Consoles and sign-ins, as a person copies them from the terminal. */
function printed(said: string): Printed[] {
  const every = (name: string) => [...said.matchAll(new RegExp(`^ +${name} +(\\S+)$`, 'gm'))].map(([, value = '']) => value);
  const [emails, passwords] = [every('sign in'), every('password')];
  return every('console').map((url, n) => ({ console: url, email: emails[n] ?? '', password: passwords[n] ?? '' }));
}

test.skipIf(busy)(
  'the demo starts two nodes that know nothing of each other, says how to sign in, begins anew each time, and one signal stops everything',
  async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-demo-'));
    fs.chmodSync(folder, 0o755);
    const env: NodeJS.ProcessEnv = { ...process.env, ENTENTE_HOME: folder };
    const run = (): ChildProcess => spawn(COMMAND, ['demo'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const entente = (...args: string[]) => {
      const child = spawn(COMMAND, args, { env });
      return Promise.all([text(child.stdout), text(child.stderr)]).then((said) => said.join(''));
    };
    const passwords: string[][] = [];
    for (const round of [1, 2]) {
      const demo = run();
      onTestFinished(() => void demo.kill('SIGTERM'));
      let said = '';
      for (const stream of [demo.stdout, demo.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await expect.poll(() => said, { timeout: 60_000 }).toContain('Entente is ready: http://127.0.0.1:4700 and http://127.0.0.1:4701');
      const nodes = printed(said);
      expect(nodes).toMatchObject([{ console: 'http://127.0.0.1:4700' }, { console: 'http://127.0.0.1:4701' }]);
      for (const { console: url, email, password } of nodes) {
        const answer = await fetch(`${url}/api/auth/sign-in/email`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: url },
          body: JSON.stringify({ email, password }),
        });
        expect([round, url, answer.status]).toEqual([round, url, 200]);
        expect(await entente('connection', 'list', '--node', url)).toContain('No connection');
      }
      // The app is in both trackers' lists of apps.
      for (const port of [4710, 4711])
        expect(await (await fetch(`http://127.0.0.1:${port}/agent`)).text()).toMatch(/<nav aria-label="Apps"[^>]*>.*title="Entente"/);
      expect(await entente('instance', 'list', '--node', nodes[0]?.console ?? '')).toContain('http://127.0.0.1:4710');
      expect(await entente('instance', 'list', '--node', nodes[1]?.console ?? '')).toContain('http://127.0.0.1:4711');
      for (const [slug, port] of [
        ['globex-jira', 4712],
        ['globex-github', 4713],
      ] as const)
        expect(await entente('instance', 'check', slug, '--node', nodes[1]?.console ?? '')).toContain(`127.0.0.1:${port}`);
      passwords.push(nodes.map(({ password }) => password));

      const second = run();
      const refused = await Promise.all([text(second.stderr as NodeJS.ReadableStream), once(second, 'exit')]);
      expect([refused[0], second.exitCode]).toEqual([expect.stringContaining('Port 4700 is in use. Is another demo running?'), 1]);

      demo.kill('SIGINT');
      await once(demo, 'exit');
      expect([demo.exitCode, said]).toEqual([0, expect.not.stringContaining('ended by itself')]);
      expect(await Promise.all(PORTS.map(isFree))).toEqual(PORTS.map(() => true));
    }
    expect(passwords[0]).toEqual(passwords[1]);
    expect(new Set(passwords[0]).size).toBe(2);
    for (const slug of ['acme', 'globex']) expect(fs.statSync(path.join(folder, `demo/${slug}-password`)).mode & 0o777).toBe(0o600);
    fs.rmSync(folder, { recursive: true });
  },
  180_000,
);
