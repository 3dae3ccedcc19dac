import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { docOf, plainText, type RichText } from '../../core/rich-text/index.ts';
import { labelsFrom, partsOfRef, refOf, settleField, snapshotOf, stateOf, TITLE_CHARS, type View } from './map.ts';
import type { WireComment, WireIssue } from './wire.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly {
    readonly action: string;
    readonly issue: WireIssue;
    readonly comment?: WireComment;
    readonly repository: { readonly id: number; readonly full_name: string };
  }[];
}
const published = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json') as readonly Example[];
/** An issue and its comment, as GitHub itself publishes them. */
function example() {
  const found = published.find(({ name }) => name === 'issue_comment')?.examples.find(({ action }) => action === 'created');
  if (!found?.comment) throw new Error('There is no such example.');
  return { issue: found.issue, comment: found.comment, repo: found.repository };
}
const viewOf = (id: number): View => ({ origin: 'https://github.com', links: undefined, kinds: new Map(), us: { id, login: 'us' }, repo: example().repo });

test('an issue is read with its comment, its author and what it is called', () => {
  const { issue, comment, repo } = example();
  const snapshot = snapshotOf(issue, [comment], viewOf(0));
  expect(snapshot).toMatchObject({
    ref: `${repo.id}:${issue.number}`,
    urn: `${repo.full_name}#${issue.number}`,
    url: issue.html_url,
    scope: String(repo.id),
    type: null,
    author: issue.user?.login,
    byUs: false,
    marker: null,
    files: [],
    fields: { summary: issue.title, state: 'open', labels: ['bug'] },
  });
  expect(plainText(snapshot.fields.description as RichText)).toBe(issue.body);
  expect(snapshot.comments).toMatchObject([
    { id: String(comment.id), public: true, author: comment.user?.login, byUs: false, at: new Date(comment.created_at).toISOString() },
  ]);
  expect(snapshotOf(issue, [comment], viewOf(issue.user?.id ?? 0)).byUs).toBe(true);
});

test('an author who no longer exists is the ghost, and a text that is none is empty', () => {
  const { issue } = example();
  const snapshot = snapshotOf({ ...issue, user: null, body: null }, [], viewOf(0));
  expect(snapshot).toMatchObject({ author: 'ghost', byUs: false, fields: { description: { type: 'root', children: [] } } });
});

test('the version moves with what is read, and with nothing else', () => {
  const { issue, comment } = example();
  const version = (changes: Partial<WireIssue>, body = comment.body) => snapshotOf({ ...issue, ...changes }, [{ ...comment, body }], viewOf(0)).version;
  const before = version({});
  expect(version({ updated_at: '2030-01-01T00:00:00Z', comments: 9 })).toBe(before);
  for (const changes of [{ title: 'Other' }, { body: 'Other' }, { state: 'closed' }, { labels: [] }, { type: { name: 'Bug' } }])
    expect(version(changes)).not.toBe(before);
  expect(version({}, 'Other')).not.toBe(before);
});

test.each([
  ['open', null, 'open'],
  ['open', 'reopened', 'open'],
  ['closed', null, 'completed'],
  ['closed', 'completed', 'completed'],
  ['closed', 'not_planned', 'not_planned'],
  ['closed', 'duplicate', 'duplicate'],
  ['closed', 'something new', 'completed'],
])('%s for the reason %s is %s', (state, state_reason, expected) => {
  expect(stateOf({ state, state_reason })).toBe(expected);
});

test('a ref is a repository’s id and a number, and nothing else is one', () => {
  expect(partsOfRef(refOf(42, 7))).toEqual({ repo: 42, number: 7 });
  for (const text of ['', '42', '42:', ':7', '42:7:1', '42:-7', 'acme/web#7', '42:7 ', '42:../7']) expect(partsOfRef(text), text).toBeNull();
});

test('a title is one line that fits, and settles', () => {
  expect(settleField('summary', ' Two\nlines\u0000 ')).toBe('Two lines');
  const cut = settleField('summary', '👍'.repeat(300)) as string;
  expect([Array.from(cut).length, cut.endsWith('👍…'), settleField('summary', cut)]).toEqual([TITLE_CHARS, true, cut]);
});

test('labels are each once, whatever their case, in one order; closed is completed', () => {
  expect(labelsFrom([' b ', 'a', 'B', ''])).toEqual(['B', 'a']);
  expect(settleField('labels', ['b', 'a'])).toEqual(['a', 'b']);
  expect(settleField('state', 'closed')).toBe('completed');
  expect(settleField('description', docOf('See #1.'))).toEqual(docOf('See #1.'));
});
