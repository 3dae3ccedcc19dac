import { createRequire } from 'node:module';
import { sign } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import { hintsOf, verify } from './webhook.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly {
    readonly action?: string;
    readonly repository: { readonly id: number };
    readonly issue?: { readonly number: number };
    readonly pull_request?: { readonly number: number };
  }[];
}
/** Payloads as GitHub itself publishes them. */
const published = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json') as readonly Example[];
const examplesOf = (event: string) => published.find(({ name }) => name === event)?.examples ?? [];

const body = Buffer.from(JSON.stringify({ action: 'opened', issue: { number: 7 }, repository: { id: 42 } }));
const known = { secret: 'It’s a secret to everybody', 'hook-42': '1' };
const signed = async (secret = known.secret, what = body) => ({ headers: { 'x-hub-signature-256': await sign(secret, what.toString()) }, body: what });

test('a delivery that GitHub’s own library signs is accepted', async () => {
  expect(verify(await signed(), known, 0)).toBe(true);
});

test.each([
  ['another secret', async () => signed('other')],
  ['another body', async () => ({ ...(await signed()), body: Buffer.from('{}') })],
  ['no signature', async () => ({ headers: {}, body })],
  ['the older signature alone', async () => ({ headers: { 'x-hub-signature': 'sha1=7d38cdd689735b008b3c702edd92eea23791c5f6' }, body })],
  ['a header sent twice', async () => ({ headers: { 'x-hub-signature-256': [(await signed()).headers['x-hub-signature-256'], 'x'] }, body })],
  ['a cut signature', async () => ({ headers: { 'x-hub-signature-256': (await signed()).headers['x-hub-signature-256'].slice(0, 60) }, body })],
])('%s is refused', async (_name, delivery) => {
  expect(verify(await delivery(), known, 0)).toBe(false);
});

test('without a remembered secret nothing is accepted', async () => {
  expect(verify(await signed(), {}, 0)).toBe(false);
});

test.each(['issues', 'issue_comment'])('every published example of %s names its issue', (event) => {
  const examples = examplesOf(event);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples)
    expect(hintsOf(Buffer.from(JSON.stringify(example)), true), `${event} ${example.action}`).toEqual([
      { ref: `${example.repository.id}:${example.issue?.number}`, version: null },
    ]);
});

test('a pull request is named only where pull requests are synchronised', () => {
  const [example] = examplesOf('pull_request');
  const payload = Buffer.from(JSON.stringify(example));
  expect(hintsOf(payload, true)).toEqual([{ ref: `${example?.repository.id}:${example?.pull_request?.number}`, version: null }]);
  expect(hintsOf(payload, false)).toEqual([]);
});

test.each(['', 'not json', '[]', 'null', '{"zen":"Keep it logically awesome."}', '{"issue":{"number":"7"},"repository":{"id":42}}'])(
  '%j gives no hints',
  (text) => {
    expect(hintsOf(Buffer.from(text), true)).toEqual([]);
  },
);
