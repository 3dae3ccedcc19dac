import { createVerify } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawPng } from './png.ts';
import { type Caller, callerOf } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let agent: Caller;
beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true });
  agent = callerOf(sim, 'nora@acme.example');
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

const square = (size: number) => new Uint8Array(drawPng(size, size, () => [1, 2, 3]));
const manifest = (more: Record<string, unknown> = {}) => ({
  name: 'Clock',
  author: { name: 'Ines', email: 'ines@clock.example', url: 'https://clock.example' },
  defaultLocale: 'en',
  private: true,
  version: '1.0',
  frameworkVersion: '2.0',
  signedUrls: true,
  location: { support: { nav_bar: 'https://clock.example/face' } },
  parameters: [{ name: 'zone', type: 'hidden', default: 'utc' }],
  ...more,
});
function zip(more: Record<string, unknown> = {}, files: Record<string, Uint8Array | null> = {}): Buffer {
  const all: Record<string, Uint8Array | null> = {
    'manifest.json': strToU8(JSON.stringify(manifest(more))),
    'translations/en.json': strToU8(JSON.stringify({ app: { name: 'Clock' } })),
    'assets/icon_nav_bar.svg': strToU8('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18"><path d="M0 0h9v9z"/></svg>'),
    'assets/logo.png': square(320),
    'assets/logo-small.png': square(128),
    ...files,
  };
  return Buffer.from(zipSync(Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Uint8Array] => entry[1] !== null))));
}
async function upload(file: Buffer, title = 'Clock') {
  const form = new FormData();
  form.set('title', title);
  form.set('file', new Blob([new Uint8Array(file)]), 'clock.zip');
  const response = await fetch(`${sim.url}/agent/admin/apps`, { method: 'POST', body: form, redirect: 'manual' });
  return { status: response.status, text: await response.text() };
}
const install = (file = zip()) => sim.control.installApp(file.toString('base64'), 'Clock');

test('an administrator uploads an app, and its icon is on every page of an agent', async () => {
  expect((await upload(zip())).status).toBe(303);
  const list = await (await fetch(`${sim.url}/agent`)).text();
  expect(list).toMatch(/<nav aria-label="Apps"[^>]*><a href="\/agent\/apps\/\d+" title="Clock" aria-label="Clock"><svg/);
});

test.each<[string, Record<string, unknown>, Record<string, Uint8Array | null>, string]>([
  ['no manifest', {}, { 'manifest.json': null }, 'Could not find manifest.json'],
  ['a manifest in a folder', {}, { 'manifest.json': null, 'clock/manifest.json': strToU8('{}') }, 'has to be at the root'],
  ['a manifest that is no JSON', {}, { 'manifest.json': strToU8('{') }, 'manifest.json is not a JSON object'],
  ['no author', { author: undefined }, {}, 'Missing required field in manifest: author'],
  ['no location', { location: undefined }, {}, 'Missing required field in manifest: location'],
  ['an unknown location', { location: { support: { side_bar: 'https://clock.example' } } }, {}, 'side_bar is no location of Support'],
  ['an unknown product', { location: { desk: { nav_bar: 'https://clock.example' } } }, {}, 'desk is no product'],
  ['a page without https', { location: { support: { nav_bar: 'http://clock.example' } } }, {}, 'http://clock.example is not an https address'],
  ['a loopback address that is not called localhost', { location: { support: { nav_bar: 'http://127.0.0.1:4700' } } }, {}, 'is not an https address'],
  ['a page that is not in the package', { location: { support: { nav_bar: 'assets/iframe.html' } } }, {}, 'assets/iframe.html is not'],
  ['another framework', { frameworkVersion: '1.0' }, {}, 'frameworkVersion 1.0 is not 2.0'],
  ['a switch that is neither true nor false', { signedUrls: 'yes' }, {}, 'signedUrls has to be true or false'],
  ['a hidden parameter that is required', { parameters: [{ name: 'zone', type: 'hidden', required: true }] }, {}, 'zone may not be required'],
  ['an unknown kind of parameter', { parameters: [{ name: 'zone', type: 'map' }] }, {}, 'map is no type of a parameter'],
  ['no translation', {}, { 'translations/en.json': null }, 'Missing translation file'],
  ['a translation without a name', {}, { 'translations/en.json': strToU8('{"app":{}}') }, 'lacks app.name'],
  ['no icon', {}, { 'assets/icon_nav_bar.svg': null }, 'needs assets/icon_nav_bar.svg'],
  ['an icon with a script', {}, { 'assets/icon_nav_bar.svg': strToU8('<svg viewBox="0 0 1 1"><script>1</script></svg>') }, 'holds what an icon may not'],
  ['a logo of another size', {}, { 'assets/logo.png': square(64) }, 'assets/logo.png has to be a PNG of 320 by 320 pixels'],
  ['no small logo', {}, { 'assets/logo-small.png': null }, 'Could not find assets/logo-small.png'],
])('%s is refused in words', async (_name, more, files, sentence) => {
  const answer = await upload(zip(more, files), 'Refused');
  expect(answer.status).toBe(422);
  expect(answer.text.replaceAll('&#39;', '’')).toContain(sentence);
  expect([...sim.account.apps.values()].map(({ title }) => title)).not.toContain('Refused');
});

test('a file that is no zip file is refused', async () => {
  expect((await upload(Buffer.from('PK no'))).text).toContain('The file is not a zip file');
});

test('the API shows installations with their settings, the app with its parameters, and its key to anybody', async () => {
  const { id, installationId } = install();
  const { installations, apps } = (await agent('GET', '/api/v2/apps/installations.json?include=app')).json;
  expect(installations).toMatchObject([{ id: installationId, app_id: id, enabled: true, settings: { title: 'Clock', zone: 'utc' } }]);
  expect(apps).toMatchObject([{ id, name: 'Clock', author_name: 'Ines', parameters: [{ name: 'zone', kind: 'hidden', default_value: 'utc' }] }]);
  expect((await agent('GET', `/api/v2/apps/installations/${installationId}.json`)).json).toMatchObject({ id: installationId, app_id: id });
  const key = await fetch(`${sim.url}/api/v2/apps/${id}/public_key.pem`);
  expect(await key.text()).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect((await fetch(`${sim.url}/api/v2/apps/installations.json`)).status).toBe(401);
  expect((await agent('GET', '/api/v2/apps/1/public_key.pem')).status).toBe(404);
});

test('opening the app posts a token into its frame: signed with the app’s key, and saying who opens which installation until when', async () => {
  const { id, installationId } = install();
  const nora = sim.control.users().find(({ email }) => email === 'nora@acme.example')?.id;
  const response = await fetch(`${sim.url}/agent/apps/${installationId}?as=${nora}`);
  const text = await response.text();
  expect(text).toMatch(/<iframe name="app-\d+" title="Clock" sandbox="[^"]*"><\/iframe>/);
  expect(text).toMatch(/<form id="launch" method="post" action="https:\/\/clock\.example\/face\?origin=/);
  expect(response.headers.get('content-security-policy')).toContain('frame-src https://clock.example');
  const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const [header = '', claims = '', signature = ''] = token.split('.');
  const key = await (await fetch(`${sim.url}/api/v2/apps/${id}/public_key.pem`)).text();
  expect(createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(key, signature, 'base64url')).toBe(true);
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT' });
  expect(said).toMatchObject({
    iss: new URL(sim.url).host,
    aud: `${sim.url}/api/v2/apps/installations/${installationId}.json`,
    sub: `${sim.url}/api/v2/users/${nora}.json`,
    context: { product: 'support', location: 'nav_bar' },
  });
  expect(said.exp - said.iat).toBe(180);
  const again = /name="token" value="([^"]+)"/.exec(await (await fetch(`${sim.url}/agent/apps/${installationId}`)).text())?.[1];
  expect(again).not.toBe(token);
});

test('an app that was uploaded again keeps its installation and its key; a new key signs from then on', async () => {
  const before = install();
  const after = sim.control.installApp(zip({ version: '1.1' }).toString('base64'), 'Clock');
  expect(after).toEqual(before);
  const pem = async () => (await fetch(`${sim.url}/api/v2/apps/${before.id}/public_key.pem`)).text();
  const old = await pem();
  sim.control.renewAppKey(before.installationId);
  expect(await pem()).not.toBe(old);
  sim.control.removeApp(before.installationId);
  expect((await fetch(`${sim.url}/agent/apps/${before.installationId}`)).status).toBe(404);
});

test('an app without signed URLs is loaded into its frame as it is', async () => {
  const { installationId } = install(zip({ signedUrls: false }));
  const text = await (await fetch(`${sim.url}/agent/apps/${installationId}`)).text();
  expect(text).toMatch(/<iframe[^>]* src="https:/);
  expect(text).not.toContain('name="token"');
});
