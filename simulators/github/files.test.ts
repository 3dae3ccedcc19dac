import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';

let sim: GithubSim;
const PNG = Buffer.from('not really a picture').toString('base64');
const get = (url: string, token?: string) => fetch(url, { redirect: 'manual', headers: token ? { authorization: `Bearer ${token}` } : {} });

beforeAll(async () => {
  sim = await startGithub({ limits: 'off' });
  sim.control.freeze();
});
afterAll(() => sim.stop());

test('a picture that is pasted into a private repository is for those only who may see it', async () => {
  const { url, markdown } = sim.control.attach('acme/web', { name: 'error [1].png', type: 'image/png', content: PNG });
  expect(url).toMatch(new RegExp(`^${sim.url}/user-attachments/assets/[0-9a-f-]{36}$`));
  expect(markdown).toBe(`![error 1](${url})`);
  expect((await get(url)).status).toBe(404);
  expect((await get(url, 'wrong')).status).toBe(404);
  const answer = await get(url, sim.credentials.token);
  expect(answer.status).toBe(302);
  const location = answer.headers.get('location') ?? '';
  expect(new URL(location).origin).toBe(sim.contentUrl);
  const file = await get(location);
  expect([file.status, file.headers.get('content-type'), await file.text()]).toEqual([200, 'image/png', 'not really a picture']);
});

test('the second origin takes no credentials, and its addresses end', async () => {
  const { url } = sim.control.attach('acme/web', { name: 'a.png', type: 'image/png', content: PNG });
  const location = (await get(url, sim.credentials.token)).headers.get('location') ?? '';
  expect(sim.control.leaks()).toBe(0);
  expect((await get(location, sim.credentials.token)).status).toBe(400);
  expect(sim.control.leaks()).toBe(1);
  expect((await get(location.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).status).toBe(404);
  sim.control.advance(6 * 60_000);
  expect((await get(location)).status).toBe(404);
});

test('files of a public repository are open, and other files than pictures keep their name', async () => {
  const { url, markdown } = sim.control.attach('acme/docs', { name: 'error log.txt', type: 'text/plain', content: PNG });
  expect(url).toMatch(/\/user-attachments\/files\/\d+\/error\.log\.txt$/);
  expect(markdown).toBe(`[error.log.txt](${url})`);
  const file = await get(url);
  expect([file.status, file.headers.get('content-disposition')]).toEqual([200, 'attachment; filename="error.log.txt"']);
  expect(Buffer.from(sim.control.fileContent(url), 'base64').toString()).toBe('not really a picture');
  expect(sim.control.files('acme/docs')).toMatchObject([{ name: 'error.log.txt', size: 20 }]);
});

test('a private picture is shown under its signed address', () => {
  const { markdown } = sim.control.attach('acme/web', { name: 'a.png', type: 'image/png', content: PNG });
  expect(sim.control.render('acme/web', markdown)).toMatch(new RegExp(`<img src="${sim.contentUrl}/assets/[^"]+\\?jwt=`));
});

test('newer kinds of token can be shut out from private files; pictures are still shown', async () => {
  const { url, markdown } = sim.control.attach('acme/web', { name: 'a.png', type: 'image/png', content: PNG });
  sim.control.setSettings({ filesForAllTokens: false });
  expect((await get(url, sim.credentials.token)).status).toBe(404);
  expect((await get(url, sim.credentials.classicToken)).status).toBe(302);
  const shown = /<img src="([^"]+)"/.exec(sim.control.render('acme/web', markdown))?.[1] ?? '';
  expect((await get(shown)).status).toBe(200);
});
