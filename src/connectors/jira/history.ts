import type { FieldValue, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { plainText, type RichText } from '../../core/rich-text/index.ts';
import type { WireHistory } from './api.ts';
import { byAge, FIELD_IDS, idOf, isDoc, timeOf } from './map.ts';

/**
 * What our write replaced where that is not what `base` shows, from the history: only where somebody else's change of the field lies between.
 * `written`: the fields that were written. `read` makes a field's value of what the history says that it was.
 */
export function replacedBy(
  histories: readonly WireHistory[],
  base: Snapshot,
  me: string,
  written: readonly string[],
  read: (field: string, text: string | null, id: string | null) => FieldValue,
): Record<string, FieldValue> {
  const since = timeOf(base.version.split(' ')[0]);
  const recent = histories.filter(({ created }) => timeOf(created) >= since).sort(byAge);
  const replaced: Record<string, FieldValue> = {};
  for (const field of written) {
    const changes = recent.flatMap(({ author, items }) =>
      items.filter((item) => (item.fieldId ?? item.field) === FIELD_IDS[field]).map((item) => ({ item, ours: idOf(author) === me })),
    );
    const last = changes.findLastIndex(({ ours }) => ours);
    const item = changes[last]?.item;
    if (!item || last === 0) continue;
    const old = read(field, item.fromString ?? null, item.from ?? null);
    if (!sameWords(old, base.fields[field])) replaced[field] = old;
  }
  return replaced;
}

/** Cloud's history has documents as text, so that their formatting cannot be compared. */
const sameWords = (a: FieldValue, b: FieldValue | undefined): boolean => (isDoc(a) && isDoc(b) ? words(a) === words(b) : same(a, b));
const words = (doc: RichText): string => plainText(doc).replace(/[^\p{L}\p{N}]+/gu, '');
