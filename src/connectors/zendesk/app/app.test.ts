import { strFromU8, unzipSync } from 'fflate';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import type { TrackerError } from '../../../core/tracker-error.ts';
import type { CallContext, HttpClient } from '../../../lib/http.ts';
import { zendesk } from '../index.ts';
import { app } from './build.ts';

const input = { slug: 'acme', url: 'https://sync.acme.example/embed/acme', mark: 'm4rk', version: '1.2.3', contact: 'olga@acme.example' };
const filesOf = (content: Buffer) => unzipSync(new Uint8Array(content));
const manifestOf = (content: Buffer) => JSON.parse(strFromU8(filesOf(content)['manifest.json'] ?? new Uint8Array()));

test('the app is a private one with an icon in the bar, which opens the page of the instance with a signed token', () => {
  const { name, content } = app.build(input);
  expect(name).toBe('entente-acme-zendesk.zip');
  expect(manifestOf(content)).toEqual({
    name: 'Entente',
    author: { name: 'Entente', email: 'olga@acme.example', url: 'https://sync.acme.example' },
    defaultLocale: 'en',
    private: true,
    singleInstall: true,
    signedUrls: true,
    version: '1.2.3',
    frameworkVersion: '2.0',
    location: { support: { nav_bar: { url: 'https://sync.acme.example/embed/acme' } } },
    parameters: [{ name: 'entente_instance', type: 'hidden', required: false, secure: false, default: 'm4rk' }],
  });
});

test('the app holds the files that Zendesk asks for, in its sizes, and nothing else', () => {
  const files = filesOf(app.build(input).content);
  expect(Object.keys(files).toSorted()).toEqual([
    'assets/icon_nav_bar.svg',
    'assets/logo-small.png',
    'assets/logo.png',
    'manifest.json',
    'translations/en.json',
  ]);
  const sizes = ['assets/logo.png', 'assets/logo-small.png'].map((name) => {
    const { width, height, data } = PNG.sync.read(Buffer.from(files[name] ?? []));
    // The link's blue in the middle, and nothing in the corner.
    const middle = (Math.floor(height / 2) * width + Math.floor(width * 0.4)) * 4;
    return [width, height, [...data.subarray(middle, middle + 4)], data[3]];
  });
  expect(sizes).toEqual([
    [320, 320, [0x4c, 0x5f, 0xe0, 255], 0],
    [128, 128, [0x4c, 0x5f, 0xe0, 255], 0],
  ]);
  const icon = strFromU8(files['assets/icon_nav_bar.svg'] ?? new Uint8Array());
  // Zendesk gives it its own colours: it may bring none.
  expect(icon).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 18 18">/);
  expect(icon).not.toMatch(/fill|style|script|stroke/);
  expect(JSON.parse(strFromU8(files['translations/en.json'] ?? new Uint8Array())).app.name).toBe('Entente');
});

test('the same app is the same bytes each time', () => {
  expect(app.build(input).content.equals(app.build(input).content)).toBe(true);
  expect(app.build(input).content.equals(app.build({ ...input, mark: 'other' }).content)).toBe(false);
});

test('a node on the admin’s own machine is called localhost, the one name that Zendesk takes without https; any other needs https', () => {
  for (const url of ['http://127.0.0.1:4700/embed/acme', 'http://localhost:4700/embed/acme', 'http://[::1]:4700/embed/acme'])
    expect(manifestOf(app.build({ ...input, url }).content).location.support.nav_bar.url).toBe('http://localhost:4700/embed/acme');
  expect(() => app.build({ ...input, url: 'http://sync.acme.example/embed/acme' })).toThrow('https');
});

const call: CallContext = { signal: new AbortController().signal, priority: 'interactive' };
/** A tracker whose Zendesk answers from `answers`, by path. */
const frameAt = (answers: Record<string, unknown>) => {
  const http: HttpClient = {
    async request({ url }) {
      const answer = answers[url.replace('https://acme.zendesk.com', '')];
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      return { status: answer === undefined ? 404 : 200, headers: {}, text: text ?? '', stream: null, json: () => JSON.parse(text ?? '{}') };
    },
  };
  const settings = { url: 'https://acme.zendesk.com', auth: { kind: 'token', email: 'sync@acme.example', token: 't' } } as const;
  const { frame } = zendesk.open(settings, { http, now: Date.now, saveSettings: async () => {} });
  if (!frame) throw new Error('no frame');
  return frame;
};

test('only the installations of our own app count: by the mark in the app or in its settings, whichever Zendesk shows', async () => {
  const parameters = (value: string) => [{ name: 'entente_instance', default_value: value }];
  const frame = frameAt({
    '/api/v2/apps/installations.json?include=app': {
      installations: [
        { id: 1, app_id: 11, settings: { title: 'Entente' } },
        { id: 2, app_id: 12, settings: { title: 'Entente' } },
        { id: 3, app_id: 13, settings: { entente_instance: 'm4rk' } },
        { id: 4, app_id: 14, app: { id: 14, parameters: parameters('m4rk') } },
        { id: 5, app_id: 11, enabled: false },
      ],
      apps: [
        { id: 11, parameters: parameters('m4rk') },
        { id: 12, parameters: parameters('another instance') },
      ],
    },
    '/api/v2/apps/11/public_key.pem': 'key of 11',
    '/api/v2/apps/13/public_key.pem': 'key of 13',
    '/api/v2/apps/14/public_key.pem': 'key of 14',
  });
  expect([frame.issuer, frame.origins]).toEqual(['acme.zendesk.com', ['https://acme.zendesk.com']]);
  expect(await frame.keys('m4rk', call)).toEqual(
    [1, 3, 4].map((id) => ({ audience: `https://acme.zendesk.com/api/v2/apps/installations/${id}.json`, key: `key of 1${id}` })),
  );
});

test('a person is who the subject names in this account; an address counts when Zendesk has proved it', async () => {
  const user = (more: object) => ({ user: { id: 7, name: 'Ada', email: 'ada@acme.example', role: 'admin', verified: true, ...more } });
  const subject = (id: string) => `https://acme.zendesk.com/api/v2/users/${id}.json`;
  const frame = frameAt({
    '/api/v2/users/7.json': user({}),
    '/api/v2/users/8.json': user({ verified: false, role: 'agent' }),
    '/api/v2/users/9.json': user({ suspended: true }),
    '/api/v2/users/10.json': user({ role: 'end-user' }),
    '/api/v2/users/11.json': user({ active: false }),
  });
  expect(await frame.person(subject('7'), call)).toEqual({ name: 'Ada', email: 'ada@acme.example', admin: true });
  expect(await frame.person(subject('8'), call)).toEqual({ name: 'Ada', email: null, admin: false });
  for (const nobody of [
    subject('9'),
    subject('10'),
    subject('11'),
    subject('12'),
    'https://globex.zendesk.com/api/v2/users/7.json',
    'https://acme.zendesk.com/api/v2/users/7/../8.json',
    '7',
  ])
    expect(await frame.person(nobody, call), nobody).toBeNull();
});

test('a Zendesk that does not let us ask is no person who may not come in', async () => {
  const http: HttpClient = { request: async () => ({ status: 403, headers: {}, text: '', stream: null, json: <T>() => ({}) as T }) };
  const settings = { url: 'https://acme.zendesk.com', auth: { kind: 'token', email: 'sync@acme.example', token: 't' } } as const;
  const { frame } = zendesk.open(settings, { http, now: Date.now, saveSettings: async () => {} });
  const kind = await frame?.person('https://acme.zendesk.com/api/v2/users/7.json', call).catch((error: unknown) => (error as TrackerError).kind);
  expect(kind).toBe('forbidden');
});
