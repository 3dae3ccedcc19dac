import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { CallContext } from '../../lib/http.ts';
import type { Upload } from '../connector.ts';
import type { Client } from './client.ts';
import { createFiles } from './files.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const upload = (key: string, name: string, content: string, size: number | null = Buffer.byteLength(content)): Upload => ({
  key,
  name,
  type: 'text/plain',
  size,
  open: () => Promise.resolve(Readable.from([Buffer.from(content)])),
});

/** A Jira that keeps what it is sent. */
function jira() {
  const sent: { form: FormData; length: string | undefined; headers: Readonly<Record<string, string>> }[] = [];
  const client = {
    cloud: true,
    site: 'https://acme.atlassian.net',
    host: 'acme.atlassian.net',
    async request({ body, headers = {} }: { body?: () => Promise<Readable>; headers?: Record<string, string> }) {
      const chunks = await (await body?.())?.toArray();
      const whole = Buffer.concat((chunks ?? []) as Buffer[]);
      const form = await new Response(whole, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
      sent.push({ form, length: headers['content-length'], headers });
      if (headers['content-length']) expect(Number(headers['content-length'])).toBe(whole.length);
      const answer = form.getAll('file').map((file, i) => ({ id: String(100 + i), filename: (file as File).name, size: (file as File).size }));
      return { status: 200, headers: {}, text: '', stream: null, json: () => answer };
    },
  } as unknown as Client;
  return { sent, files: createFiles(client, 1000) };
}

test('all files go in one form, each whole, under names that no other file of the issue has', async () => {
  const { sent, files } = jira();
  const uploads = [upload('a', 'log.txt', 'one'), upload('b', 'log.txt', 'two'), upload('c', 'שלום "x" [1]|.txt', 'drei'), upload('d', '../../etc/passwd', '')];
  const done = await files.attach('1', uploads, ['log-2.txt'], call);
  expect(done).toEqual([
    { key: 'a', id: '100', name: 'log.txt' },
    { key: 'b', id: '101', name: 'log-3.txt' },
    { key: 'c', id: '102', name: 'שלום ’x’ _1__.txt' },
    { key: 'd', id: '103', name: '.._.._etc_passwd' },
  ]);
  const parts = sent[0]?.form.getAll('file') as File[];
  expect(await Promise.all(parts.map((part) => part.text()))).toEqual(['one', 'two', 'drei', '']);
  expect(sent[0]?.length).toBeDefined();
  expect(sent[0]?.headers['x-atlassian-token']).toBe('no-check');
});

test('a file of unknown size is sent without a length, and one that is too large is refused unsent', async () => {
  const { sent, files } = jira();
  await files.attach('1', [upload('a', 'log.txt', 'one', null)], [], call);
  expect(sent[0]?.length).toBeUndefined();
  await expect(files.attach('1', [upload('a', 'log.txt', 'one', 2000)], [], call)).rejects.toMatchObject({ kind: 'rejected', field: 'files' });
  expect(sent).toHaveLength(1);
});

test('nothing to be attached asks nothing', async () => {
  const { sent, files } = jira();
  expect(await files.attach('1', [], [], call)).toEqual([]);
  expect(sent).toEqual([]);
});
