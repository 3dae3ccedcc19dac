import { expect, test } from 'vitest';
import type { CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import { GitlabApi } from './api.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const SECRET = '0123456789abcdef0123456789abcdef';

test('a storage that shuts us out is not GitLab refusing our token, which it never sees', async () => {
  const asked: HttpRequest[] = [];
  const http = {
    request(request: HttpRequest): Promise<HttpResponse> {
      asked.push(request);
      const elsewhere = request.url.startsWith('https://storage.example/');
      const headers: Record<string, string> = elsewhere ? {} : { location: 'https://storage.example/a?signed=1' };
      return Promise.resolve({ status: elsewhere ? 401 : 302, headers, text: '', stream: null, json: <T>() => null as T });
    },
  };
  await expect(new GitlabApi(http, 'https://gitlab.example', 'secret').download(7, SECRET, 'a.txt', call)).rejects.toMatchObject({ kind: 'forbidden' });
  expect(asked.map(({ headers }) => headers?.authorization)).toEqual(['Bearer secret', undefined]);
});
