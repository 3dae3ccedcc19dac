import type { EntityRef, Fields, FieldValue, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { fromWiki, mapFiles } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change } from '../connector.ts';
import type { WireIssue, WireUser } from './api.ts';
import { personIn } from './fields.ts';
import { replacedBy } from './history.ts';
import { FIELD_IDS, fileFinder, idOf, isDoc, settledField, timeOf } from './map.ts';
import { type Account, readIssue, viewOf, wholeSnapshot } from './reading.ts';
import { readText } from './text.ts';

/** Reads the issue with its history: what the write replaced, and whether it is now exactly what was decided on. */
export async function readBack(
  account: Account,
  ref: EntityRef,
  base: Snapshot,
  { fields = {}, known }: Change,
  done: Pick<Applied, 'comment' | 'files'>,
  call: CallContext,
): Promise<Pick<Applied, 'version' | 'replaced'>> {
  const issue = await readIssue(account, ref, '&expand=changelog', call);
  if (!issue) throw new TrackerError('not-found', `Issue ${base.urn} was deleted just now, or is no longer shown to us.`, { status: 404 });
  const view = await viewOf(account, call);
  const now = await wholeSnapshot(account, issue, call);
  const ids = new Map([...Object.entries(known).map(([key, { id }]) => [key, id] as const), ...done.files.map(({ key, id }) => [key, id] as const)]);
  const local = (value: FieldValue): FieldValue => (isDoc(value) ? mapFiles(value, (key) => ids.get(key)) : value);
  const settled: Fields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, settledField(view.format, name, local(value))]));
  const people = [issue.fields.assignee, issue.fields.creator, issue.fields.reporter, ...(await formerAssignees(account, issue, base, fields, view.me, call))];
  const replaced = replacedBy(issue.changelog?.histories ?? [], base, view.me, Object.keys(fields), reader(issue, account));
  const mine = new Set(done.files.map(({ id }) => id));
  const onlyOurs =
    same({ ...base.fields, ...settled }, now.fields) &&
    same(
      base.comments.map((comment) => ({ ...comment, marker: null })),
      now.comments.filter(({ id }) => id !== done.comment).map((comment) => ({ ...comment, marker: null })),
    ) &&
    same(
      base.files,
      now.files.filter(({ id }) => !mine.has(id)),
    ) &&
    base.type === now.type &&
    base.scope === now.scope;
  return { version: onlyOurs && !Object.keys(replaced).length ? now.version : null, replaced };

  function reader(read: WireIssue, { format }: Account) {
    const fileOf = fileFinder(read.fields.attachment ?? [], new Map());
    return (field: string, text: string | null, id: string | null): FieldValue => {
      if (field === 'summary') return text ?? '';
      // Cloud's history shows documents as wiki text.
      if (field === 'description') return format === 'wiki' ? readText('wiki', text, fileOf) : fromWiki(text ?? '', { fileOf });
      if (field === 'labels') return (text ?? '').split(/\s+/).filter(Boolean).sort();
      if (field === 'assignee') return id === null ? null : personIn(people, id, text);
      if (field === 'due date') return (id ?? text)?.slice(0, 10) ?? null;
      return text || null;
    };
  }
}

/** Whom others assigned the issue to since `base`, so that the issue does not name them any more: the history knows their ids only. One call for each, rarely. */
async function formerAssignees(account: Account, issue: WireIssue, base: Snapshot, fields: Fields, me: string, call: CallContext): Promise<WireUser[]> {
  if (!('assignee' in fields)) return [];
  const { client } = account;
  const since = timeOf(base.version.split(' ')[0]);
  const recent = (issue.changelog?.histories ?? []).filter(({ created }) => timeOf(created) >= since);
  const changes = recent.flatMap(({ author, items }) =>
    items.filter((item) => (item.fieldId ?? item.field) === FIELD_IDS.assignee).map(({ from }) => ({ from, ours: idOf(author) === me })),
  );
  // What our own changes alone replaced is what `base` shows.
  if (changes.every(({ ours }) => ours)) return [];
  const ids = new Set(changes.flatMap(({ from }) => (from ? [from] : [])));
  const found: WireUser[] = [];
  for (const id of ids) {
    const path = `/user?${client.cloud ? 'accountId' : 'key'}=${encodeURIComponent(id)}`;
    const answer = await client.request({ method: 'GET', path, what: 'Looking up an assignee', expect: 404 }, call);
    if (answer.status !== 404) found.push(answer.json<WireUser>());
  }
  return found;
}
