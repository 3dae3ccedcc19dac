import { expect, test } from 'vitest';
import { type CommentInput, type CommentPlan, type CommentPowers, reconcileComment } from './reconcile-comment.ts';
import type { CommentEntry } from './replica.ts';
import { docOf } from './rich-text/index.ts';
import type { Trace } from './twin.ts';

const said = (words: string, isPublic = true) => ({ body: docOf(words), public: isPublic, author: 'Ann', at: '2026-01-02T03:04:05.000Z' });
const internal = (words: string) => said(words, false);
const local = (words: string, isPublic = true) => ({ body: docOf(words), public: isPublic });
const DELETED = { deleted: true } as const;
const WITHDRAWN = { withdrawn: true } as const;
const ALL: CommentPowers = { internal: true, edit: true, delete: true, hide: true, publish: true };
const but = (...missing: (keyof CommentPowers)[]): CommentPowers => ({ ...ALL, ...Object.fromEntries(missing.map((power) => [power, false])) });

const row = (via: string | null, tomb: Trace['tomb'] = null): Trace => ({
  instance: 'i',
  entity: '1',
  kind: 'comment',
  gid: 'g',
  local: 'c1',
  via,
  tomb,
  author: null,
  carrier: false,
  peers: {},
});
const COPY = row('this twin');
const ORIGINAL = row(null);
const FROM_ELSEWHERE = row('another twin');

const body = (entry: CommentEntry | null) => (entry && 'body' in entry ? { body: entry.body, public: entry.public } : null);
/** A change from one entry to another that our tracker holds as it is. */
function input(before: CommentEntry | null, after: CommentEntry, more: Partial<CommentInput> = {}): CommentInput {
  const ends = { before, after, localBefore: body(before)?.body ?? null, localAfter: body(after) };
  return { twin: 'this twin', ...ends, trace: null, current: null, gone: false, shadow: null, adopt: null, powers: ALL, decide: 'theirs', ...more };
}
/** They change a comment that stands here, unchanged since, as `old`. */
const changed = (after: CommentEntry, more: Partial<CommentInput> = {}): CommentInput =>
  input(said('old'), after, { trace: COPY, shadow: said('old'), current: said('old'), ...more });
const editedHere = { current: said('mine') };

const ADD = (words: string, isPublic = true): CommentPlan => ({ do: { op: 'add', ...local(words, isPublic) }, fold: said(words, isPublic) });
const EDIT: CommentPlan = { do: { op: 'edit', body: docOf('new') }, fold: said('new') };
const clash = (decision: 'ours' | 'theirs', theirs: string | null = 'new') => ({
  conflict: { ours: docOf('mine'), theirs: theirs === null ? null : docOf(theirs), decision },
});
const NO_EDIT = 'edited on the other side, cannot be edited here';
const NO_INTERNAL = 'internal comments do not exist here';
const NO_DELETE = 'deleted at its origin, cannot be deleted here';
const STILL_PUBLIC = 'made internal at its origin, still public here';

type Row = [name: string, input: CommentInput, plan: CommentPlan];

const coming: Row[] = [
  ['a new comment is added', input(null, said('new')), ADD('new')],
  ['a new internal comment is added as such', input(null, internal('new')), ADD('new', false)],
  ['a new internal comment is not added where none can be internal', input(null, internal('new'), { powers: but('internal') }), { differs: NO_INTERNAL }],
  ['a comment is added as our rule makes it', input(null, said('new'), { localAfter: local('ruled', false) }), ADD('ruled', false)],
  ['a comment that our rule does not take is left out', input(null, said('new'), { localAfter: null }), {}],
  ['a comment that is here already is adopted, not added twice', input(null, said('new'), { adopt: 'c9' }), { adopt: 'c9', fold: said('new') }],
  ['an internal one is not adopted where none can be internal', input(null, internal('n'), { adopt: 'c9', powers: but('internal') }), { differs: NO_INTERNAL }],
  ['a comment that was never here needs no deletion', input(said('old'), DELETED), {}],
  ['a comment that was never here needs no hiding', input(said('old'), WITHDRAWN), {}],
  ['a comment mentioned without a change means nothing', input(said('same'), said('same')), {}],
  ['another author or time is no change', input(said('same'), { ...said('same'), author: 'Bob', at: '2027-01-01T00:00:00.000Z' }), {}],
];

const edited: Row[] = [
  ['an edit of the original reaches the copy', changed(said('new')), EDIT],
  ['an edit of the copy reaches the original', changed(said('new'), { trace: ORIGINAL }), EDIT],
  ['an edit reaches what came from a third side', changed(said('new'), { trace: FROM_ELSEWHERE }), EDIT],
  ['the same edit on both sides needs no write', changed(said('new'), { current: said('new') }), { fold: said('new') }],
  ['where bodies clash and theirs prevails it is written', changed(said('new'), editedHere), { ...EDIT, ...clash('theirs') }],
  ['where bodies clash and ours prevails it stays', changed(said('new'), { ...editedHere, decide: 'ours' }), { fold: said('new'), ...clash('ours') }],
  ['bodies are never held: ours stays until a person edits', changed(said('new'), { ...editedHere, decide: 'hold' }), { fold: said('new'), ...clash('ours') }],
  [
    'where nothing was ever agreed, what stands here as they knew it is nobody’s edit: theirs is written',
    changed(said('new'), { shadow: null, decide: 'ours' }),
    EDIT,
  ],
  [
    'where nothing was ever agreed, what stands here as they knew it still differs where comments cannot be edited',
    changed(said('new'), { shadow: null, powers: but('edit') }),
    { fold: said('old'), differs: NO_EDIT },
  ],
  [
    'where nothing was ever agreed and they tell of it for the first time, what stands here may be a person’s edit',
    input(null, said('new'), { trace: COPY, current: said('old') }),
    { fold: said('new'), conflict: { ours: docOf('old'), theirs: docOf('new'), decision: 'ours' } },
  ],
  [
    'where nothing was ever agreed, what stands here may be a person’s edit: it stays whoever prevails, and that is recorded',
    changed(said('new'), { ...editedHere, shadow: null }),
    { fold: said('new'), ...clash('ours') },
  ],
  [
    'where nothing was ever agreed but both have the same text, there is no conflict',
    changed(said('new'), { shadow: null, current: said('new') }),
    { fold: said('new') },
  ],
  ['an edit differs where comments cannot be edited', changed(said('new'), { powers: but('edit') }), { fold: said('old'), differs: NO_EDIT }],
  [
    'a clash that theirs wins still differs where comments cannot be edited',
    changed(said('new'), { ...editedHere, powers: but('edit') }),
    { fold: said('mine'), differs: NO_EDIT, ...clash('theirs') },
  ],
  ['an edit that makes no difference here is not written', changed(said('new'), { localAfter: local('old') }), { fold: said('old') }],
  ['our edit stays unsent when their change says nothing new here', changed(said('new'), { ...editedHere, localAfter: local('old') }), { fold: said('old') }],
  ['a comment that our rule no longer takes is left as it is', changed(said('new'), { localAfter: null }), {}],
  ['a comment that is gone here keeps what they know, so the deletion is told', changed(said('new'), { current: null, gone: true }), { fold: said('old') }],
  ['a comment that is gone here and never agreed needs nothing', changed(said('new'), { current: null, gone: true, shadow: null }), {}],
  ['a change of a comment that we cannot read waits', changed(said('new'), { current: null }), { unreadable: true }],
  ['a deletion of a comment that we cannot read waits', changed(DELETED, { current: null }), { unreadable: true }],
];

const deleted: Row[] = [
  ['the copy goes when the original is deleted', changed(DELETED), { do: { op: 'delete' }, fold: DELETED, tomb: 'deleted' }],
  [
    'the copy goes although somebody edited it, and that is recorded',
    changed(DELETED, { ...editedHere, decide: 'ours' }),
    { do: { op: 'delete' }, fold: DELETED, tomb: 'deleted', ...clash('theirs', null) },
  ],
  ['the copy stays and differs where comments cannot be deleted', changed(DELETED, { powers: but('delete') }), { differs: NO_DELETE, fold: said('old') }],
  ['what differs is agreed as it stands here', changed(DELETED, { ...editedHere, powers: but('delete') }), { differs: NO_DELETE, fold: said('mine') }],
  ['our original stays when they delete their copy', changed(DELETED, { trace: ORIGINAL }), {}],
  ['a copy of a third side stays when they delete theirs', changed(DELETED, { trace: FROM_ELSEWHERE }), {}],
];

const withTomb = (tomb: Trace['tomb'], more: Partial<CommentInput> = {}) => ({ trace: row('this twin', tomb), shadow: null, current: null, ...more });
const back = (after: CommentEntry, more: Partial<CommentInput> = {}) => input(WITHDRAWN, after, withTomb('withdrawn', more));
const tombs: Row[] = [
  ['a copy that was deleted here does not come back by an edit', changed(said('new'), withTomb('copy')), { fold: said('new') }],
  ['a copy that was deleted here stays a deleted copy when the original goes', changed(DELETED, withTomb('copy')), { fold: DELETED }],
  ['a copy that was deleted here is no more withdrawn', changed(WITHDRAWN, withTomb('copy')), { fold: WITHDRAWN }],
  ['a copy that was deleted here is not adopted', changed(said('new'), withTomb('copy', { adopt: 'c9' })), { fold: said('new') }],
  ['a deleted comment does not come back', changed(said('new'), withTomb('deleted')), { fold: said('new') }],
  ['a deleted comment stays deleted when it is said again', changed(DELETED, withTomb('deleted')), { fold: DELETED, tomb: 'deleted' }],
  ['a withdrawn comment that is public again is added again', back(said('new')), ADD('new')],
  ['a withdrawn comment that is public again is adopted where it is here', back(said('new'), { adopt: 'c9' }), { adopt: 'c9', fold: said('new') }],
  ['a withdrawn comment that is edited while internal stays away', back(internal('new')), { fold: internal('new') }],
  ['a withdrawn comment that is then deleted counts as deleted', back(DELETED), { fold: DELETED, tomb: 'deleted' }],
  ['only its origin brings a withdrawn comment back', back(said('new'), { trace: row('another twin', 'withdrawn') }), { fold: said('new') }],
  ['a withdrawn comment that our rule does not take stays away', back(said('new'), { localAfter: null }), { fold: said('new') }],
];

const HIDE: CommentPlan = { do: { op: 'edit', public: false }, fold: internal('old') };
const MADE_INTERNAL = { powers: but('internal', 'hide', 'publish') };
const withdrawn: Row[] = [
  ['a withdrawn comment is hidden where that is possible, not deleted', changed(WITHDRAWN), HIDE],
  ['one that was edited here is hidden and the edit still told', changed(WITHDRAWN, editedHere), HIDE],
  ['one without a shadow is hidden as it stands', changed(WITHDRAWN, { shadow: null }), HIDE],
  ['it is deleted where it cannot be hidden', changed(WITHDRAWN, { powers: but('hide') }), { do: { op: 'delete' }, fold: WITHDRAWN, tomb: 'withdrawn' }],
  ['it differs where neither is possible', changed(WITHDRAWN, { powers: but('hide', 'delete') }), { differs: STILL_PUBLIC, fold: said('old') }],
  ['one that is internal here already needs nothing', changed(WITHDRAWN, { current: internal('old') }), {}],
  ['our original is not hidden when they withdraw their copy', changed(WITHDRAWN, { trace: ORIGINAL }), {}],
  ['a copy of a third side is not hidden when they withdraw theirs', changed(WITHDRAWN, { trace: FROM_ELSEWHERE }), {}],
  [
    'one that is made internal is deleted where none can be internal',
    changed(internal('old'), MADE_INTERNAL),
    { do: { op: 'delete' }, fold: internal('old'), tomb: 'withdrawn' },
  ],
  [
    'one that is made internal differs where none can be internal or deleted',
    changed(internal('old'), { powers: but('internal', 'hide', 'publish', 'delete') }),
    { differs: STILL_PUBLIC, fold: said('old') },
  ],
  ['our original is not deleted when their copy is made internal', changed(internal('old'), { ...MADE_INTERNAL, trace: ORIGINAL }), { fold: said('old') }],
];

const fromInternal = (after: CommentEntry, more: Partial<CommentInput> = {}) =>
  input(internal('old'), after, { trace: COPY, shadow: internal('old'), current: internal('old'), ...more });
const visible: Row[] = [
  ['made internal at its origin, the copy is made internal', changed(internal('old')), HIDE],
  [
    'it differs where it cannot be made internal',
    changed(internal('old'), { powers: but('hide') }),
    { differs: 'internal at its origin, still public here', fold: said('old') },
  ],
  ['made public at its origin, the copy is made public', fromInternal(said('old')), { do: { op: 'edit', public: true }, fold: said('old') }],
  [
    'it differs where it cannot be made public',
    fromInternal(said('old'), { powers: but('publish') }),
    { differs: 'public at its origin, stays internal here', fold: internal('old') },
  ],
  ['body and visibility change in one edit', fromInternal(said('new')), { do: { op: 'edit', body: docOf('new'), public: true }, fold: said('new') }],
  ['no longer withdrawn, the hidden copy is shown', fromInternal(said('old'), { before: WITHDRAWN }), { do: { op: 'edit', public: true }, fold: said('old') }],
  ['made public by both, there is nothing to write', fromInternal(said('old'), { current: said('old') }), { fold: said('old') }],
  ['the visibility of our original is ours', fromInternal(said('old'), { trace: ORIGINAL }), { fold: internal('old') }],
  ['what we did with our original is still told', changed(said('new'), { trace: ORIGINAL, current: internal('old') }), { ...EDIT }],
  [
    'a copy made internal here stays so when its body is edited, and that is not told',
    changed(said('new'), { current: internal('old') }),
    { ...EDIT, fold: internal('new') },
  ],
  ['our edit is still told when they change the visibility only', changed(internal('old'), editedHere), HIDE],
];

test.each([...coming, ...edited, ...deleted, ...tombs, ...withdrawn, ...visible])('%s', (_name, given, plan) => {
  expect(reconcileComment(given)).toEqual(plan);
});
