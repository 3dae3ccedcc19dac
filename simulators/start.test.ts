import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startGithub } from './github/github.ts';
import { startGitlab } from './gitlab/gitlab.ts';
import { type Listening, listen } from './http/listen.ts';
import { startJira } from './jira/jira.ts';
import { startZendesk } from './zendesk/zendesk.ts';

const served = () => listen({ port: 0 }, async () => undefined);

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = await served();
  await server.close();
  return server.port;
}

const starts: Record<string, (port: number, filesPort: number) => Promise<unknown>> = {
  Zendesk: (port, contentPort) => startZendesk({ port, contentPort }),
  Jira: (port, mediaPort) => startJira({ port, mediaPort }),
  GitHub: (port, contentPort) => startGithub({ port, contentPort }),
  GitLab: (port, storagePort) => startGitlab({ port, storagePort }),
};

for (const [vendor, start] of Object.entries(starts)) {
  test(`${vendor}: when the port of the files is taken, the other one is free again`, async () => {
    const port = await freePort();
    const taken = await served();
    let again: Listening | undefined;
    try {
      await expect(start(port, taken.port)).rejects.toThrow('EADDRINUSE');
      again = await listen({ port }, async () => undefined);
    } finally {
      await Promise.all([taken.close(), again?.close()]);
    }
  });
}

test('Zendesk: a start that fails leaves neither a port taken nor a folder behind', async () => {
  const port = await freePort();
  const taken = await served();
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  vi.stubEnv('TMPDIR', folder);
  const twins = [
    { name: 'Ann', email: 'ann@acme.example', role: 'agent' as const },
    { name: 'Ann', email: 'ann@acme.example', role: 'agent' as const },
  ];
  let again: Listening | undefined;
  try {
    await expect(startZendesk({ port: taken.port })).rejects.toThrow('EADDRINUSE');
    await expect(startZendesk({ port, users: twins })).rejects.toThrow('There is a user ann@acme.example already.');
    again = await listen({ port }, async () => undefined);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
    await Promise.all([taken.close(), again?.close()]);
  }
});
