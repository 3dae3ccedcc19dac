import type { Fields, FieldValue } from '../../src/core/entity.ts';
import { basicRules } from '../../src/rules/basic.ts';
import type { Rules } from '../../src/rules/rules.ts';

const toPlain: Record<string, string> = { new: 'todo', open: 'doing', pending: 'doing', hold: 'doing', solved: 'done' };
const toRich: Record<string, string> = { todo: 'new', doing: 'open', done: 'solved' };

/** Rules with a lossy status map. The replica speaks the language of five statuses. `internals`: internal comments are sent, as internal. */
export function modelRules(fiveStatuses: boolean, visibility: 'public-only' | 'as-they-are' | 'all-public'): Rules {
  const map = (table: Record<string, string>, value: FieldValue | undefined): FieldValue | undefined =>
    typeof value === 'string' && !fiveStatuses ? table[value] : value;
  const fields = (given: Fields, table: Record<string, string>): Fields =>
    Object.fromEntries(
      Object.entries({ summary: given.summary, description: given.description, status: map(table, given.status) }).filter(
        (entry): entry is [string, FieldValue] => entry[1] !== undefined,
      ),
    );
  if (visibility === 'all-public')
    return { ...basicRules, outgoingFields: (given) => fields(given, toRich), incomingFields: (given) => fields(given, toPlain) };
  return {
    version: `model-${visibility}`,
    outgoingFields: (given) => fields(given, toRich),
    incomingFields: (given) => fields(given, toPlain),
    outgoingComment: ({ body, public: shown, author, at, copyOf }) =>
      !shown && visibility === 'public-only' ? 'withheld' : { body, public: shown, author: copyOf ?? author, at },
    incomingComment: ({ body, public: shown }) => ({ body, public: shown }),
    outgoingFile: () => true,
    incomingType: (_type, target) => target.types[0] ?? null,
  };
}
