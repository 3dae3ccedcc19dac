import type { FieldValue } from '../core/entity.ts';
import { canon, plainText, type RichText } from '../core/rich-text/index.ts';
import type { Rules } from './rules.ts';

/** How a copy says who wrote it. Read back by `withoutAuthor`, so both belong together. */
const attribution = (author: string): RichText['children'][number] => ({
  type: 'paragraph',
  children: [{ type: 'strong', children: [{ type: 'text', value: author }] }],
});

const withAuthor = (body: RichText, author: string): RichText => canon({ type: 'root', children: [attribution(author), ...body.children] });

/** Takes the author's name off a copy again; a person may have removed it. */
function withoutAuthor(body: RichText, author: string): RichText {
  const [first, ...rest] = body.children;
  if (first?.type !== 'paragraph' || plainText({ type: 'root', children: [first] }).trim() !== author.trim()) return body;
  return { type: 'root', children: rest };
}

/**
 * The generated rules of Basic mode. Nobody can edit them: summary, description, comments and attachments both ways; types mirrored by name; every
 * comment arrives public, with its author's name.
 */
export const basicRules: Rules = {
  version: 'basic-1',
  outgoingFields: ({ summary, description }) => ({ ...defined('summary', summary), ...defined('description', description) }),
  outgoingComment: ({ body, author, at, copyOf }) => ({
    body: copyOf === null ? body : withoutAuthor(body, copyOf),
    public: true,
    author: copyOf ?? author,
    at,
  }),
  outgoingFile: () => true,
  incomingFields: ({ summary, description }) => ({ ...defined('summary', summary), ...defined('description', description) }),
  incomingComment: ({ body, author }, _target, copy) => ({ body: copy ? withAuthor(body, author) : body, public: true }),
  incomingType(type, { types, defaultType }) {
    const named = (name: string | null) => (name === null ? undefined : types.find((candidate) => candidate.toLowerCase() === name.toLowerCase()));
    return named(type) ?? named(defaultType) ?? types[0] ?? null;
  },
};

const defined = (name: string, value: FieldValue | undefined): Record<string, FieldValue> => (value === undefined ? {} : { [name]: value });
