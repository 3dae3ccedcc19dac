import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import { GithubApi } from './api.ts';
import { Files } from './files.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const ISSUE = '/repositories/1/issues/7';
const SHOT = 'https://github.com/user-attachments/assets/0c7f2f7e-1111-4222-8333-944455556666';
const SIGNED = `https://private-user-images.githubusercontent.com/1/${SHOT.split('/').at(-1)}.png?jwt=x`;

interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Files at GitHub.com, which answers as it is told; and what it was asked. */
function filesAt(answer: (url: string) => Answer) {
  const asked: HttpRequest[] = [];
  const http = {
    request(request: HttpRequest): Promise<HttpResponse> {
      asked.push(request);
      const { status, json, headers = {} } = answer(request.url);
      const text = JSON.stringify(json ?? null);
      const stream = request.stream && status < 300 ? Readable.from([Buffer.from('content')]) : null;
      return Promise.resolve({ status, headers, text, stream, json: <T>() => JSON.parse(text) as T });
    },
  };
  const deps = { http, now: () => 0, saveSettings: () => Promise.resolve() };
  const api = new GithubApi({ url: 'https://github.com/acme', repositories: '', pullRequests: false, auth: { kind: 'token', token: 'secret' } }, deps);
  return { files: new Files(api, deps), asked };
}
const kinds = async (answer: (url: string) => Answer, texts: readonly string[]) => [...(await filesAt(answer).files.kindsIn(ISSUE, texts, call))];

test.each([400, 401, 403, 404, 405, 410, 414, 422])(
  'an address that is answered with %i is a link, and stops neither its issue nor the instance',
  async (status) => {
    const answer = (url: string) => (url.startsWith('https://api.github.com') ? { status: 200, json: url.includes('/comments') ? [] : {} } : { status });
    expect(await kinds(answer, [`![x](${SHOT})`])).toEqual([]);
  },
);

test('a storage that shuts us out is not GitHub refusing our credentials', async () => {
  const answer = (url: string): Answer => (url === SHOT ? { status: 302, headers: { location: SIGNED } } : { status: 401 });
  const { files, asked } = filesAt(answer);
  await expect(files.open(ISSUE, SHOT, call)).rejects.toMatchObject({ kind: 'forbidden' });
  expect(asked.map(({ url, headers }) => [url, headers?.authorization])).toEqual([
    [SHOT, 'Bearer secret'],
    [SIGNED, undefined],
  ]);
});

test('a link to elsewhere that bears a file’s name is not that file', async () => {
  const html = `<a href="https://evil.example/${SHOT.split('/').at(-1)}">x</a><img src="${SIGNED.replaceAll('&', '&amp;')}">`;
  const { files, asked } = filesAt((url) => {
    if (url.includes('/comments')) return { status: 200, json: [] };
    if (url.startsWith('https://api.github.com')) return { status: 200, json: { body_html: html } };
    return { status: url === SHOT ? 404 : 200, headers: { 'content-type': 'image/png' } };
  });
  await files.open(ISSUE, SHOT, call);
  expect(asked.at(-1)?.url).toBe(SIGNED);
});

test('a thousand addresses in a text cost a request for each of the first hundred, and two for the issue', async () => {
  const many = Array.from({ length: 1000 }, (_, n) => `https://github.com/user-attachments/assets/x-${n}`).join(' ');
  const { files, asked } = filesAt((url) =>
    url.startsWith('https://api.github.com') ? { status: 200, json: url.includes('/comments') ? [] : {} } : { status: 404 },
  );
  expect((await files.kindsIn(ISSUE, [many], call)).size).toBe(0);
  expect(asked.filter(({ url }) => url.startsWith('https://api.github.com'))).toHaveLength(2);
  expect(asked.length).toBe(102);
});
