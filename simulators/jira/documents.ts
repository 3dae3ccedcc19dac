import { descriptionFile } from '../http/description.ts';
import { ApiError, fieldError } from './errors.ts';
import type { Issue, Text } from './model.ts';
import type { Site } from './site.ts';
import { spoken } from './values.ts';

/** A node of a document; nothing in it is certain. */
export interface AdfNode {
  type?: string;
  text?: string;
  attrs?: Record<string, unknown>;
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  content?: AdfNode[];
}

/** Jira's limit for descriptions and comments, in characters of their text form. */
const MAX_CHARS = 32_767;

let schemaCheck: ((document: unknown) => boolean) | undefined;

/** Reads Atlassian's schema of documents, where it and a validator are at hand. Without them documents are checked for their outline only. */
export async function loadDocumentSchema(): Promise<boolean> {
  if (schemaCheck) return true;
  const schema = descriptionFile('adf-full.schema.json');
  if (typeof schema.absent === 'string') return false;
  try {
    // A package of development: the simulator itself runs without.
    const { default: Ajv } = await import('ajv-draft-04');
    const ajv = new Ajv.default({ strict: false, allErrors: false, validateFormats: false });
    schemaCheck = ajv.compile(schema);
    return true;
  } catch {
    return false;
  }
}

const outlined = (document: unknown): boolean => {
  const sound = (node: unknown): boolean => {
    const { type, text, content } = (node ?? {}) as AdfNode;
    if (typeof type !== 'string') return false;
    if (type === 'text') return typeof text === 'string' && text !== '';
    return content === undefined || (Array.isArray(content) && content.every(sound));
  };
  const { type, content, version } = (document ?? {}) as AdfNode & { version?: unknown };
  return type === 'doc' && version === 1 && Array.isArray(content) && content.every(sound);
};

/** Every node of a document, in reading order. */
export function* nodesOf(node: unknown): Generator<AdfNode> {
  if (typeof node !== 'object' || node === null) return;
  yield node as AdfNode;
  for (const child of (node as AdfNode).content ?? []) yield* nodesOf(child);
}

/**
 * A text of a request, as it is kept. Throws Jira's 400: for what is no document (Cloud) or no text (Data Center), for a document that breaks the schema
 * (INVALID_INPUT), for a picture that is no attachment of the issue, for one that is too long. `issue`: null before it is created.
 */
export function acceptedText(site: Site, field: 'description' | 'comment', given: unknown, issue: Issue | null): Text | null {
  if (given === null || given === undefined || given === '') return null;
  if (!site.cloud) {
    if (typeof given !== 'string')
      throw fieldError(field, field === 'comment' ? 'Can not deserialize instance of java.lang.String' : 'Operation value must be a string');
    if (given.length > MAX_CHARS) throw tooLong(field);
    return given.replaceAll('\r\n', '\n');
  }
  if (typeof given !== 'object' || (given as AdfNode).type !== 'doc')
    throw fieldError(
      field,
      field === 'comment' ? 'Comment body is not valid!' : 'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
    );
  if (!(schemaCheck ?? outlined)(given) || !outlined(given)) throw new ApiError(400, 'INVALID_INPUT');
  for (const { type, attrs } of nodesOf(given)) {
    if (!['media', 'mediaInline'].includes(type ?? '') || attrs?.type === 'external') continue;
    if (!issue?.attachments.some(({ media }) => media === attrs?.id)) throw new ApiError(400, 'ATTACHMENT_VALIDATION_ERROR');
  }
  if (textOf(given as Text).length > MAX_CHARS) throw tooLong(field);
  return isBlank(given as AdfNode) ? null : (structuredClone(given) as Text);
}

const tooLong = (field: string) => fieldError(field, 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.');

/** Nothing that anybody would see. */
export function isBlank(text: Text | AdfNode | null): boolean {
  if (text === null) return true;
  if (typeof text === 'string') return text.trim() === '';
  return ![...nodesOf(text)].some(({ type, text: words }) =>
    type === 'text' ? words?.trim() !== '' : !['doc', 'paragraph', 'hardBreak'].includes(type ?? ''),
  );
}

const INLINE = new Set(['text', 'hardBreak', 'mention', 'emoji', 'inlineCard', 'date', 'status', 'mediaInline']);

/** The words of a text, as the search and the history have them. */
export function textOf(text: Text | AdfNode | null): string {
  if (text === null) return '';
  if (typeof text === 'string') return text;
  const of = (node: AdfNode): string => {
    const attrs = node.attrs ?? {};
    if (node.type === 'text') return node.text ?? '';
    if (node.type === 'hardBreak') return '\n';
    if (node.type === 'mention' || node.type === 'status') return spoken(attrs.text);
    if (node.type === 'emoji') return spoken(attrs.text ?? attrs.shortName);
    if (node.type === 'media') return attrs.alt ? `!${spoken(attrs.alt)}!` : '';
    if (node.type === 'inlineCard') return spoken(attrs.url);
    const children = node.content ?? [];
    return children.map(of).join(children.every(({ type }) => INLINE.has(type ?? '')) ? '' : '\n');
  };
  return of(text as AdfNode);
}

/** What a person types, as the site keeps it: paragraphs by empty lines. In wiki text its signs are escaped. */
export function typed(site: Pick<Site, 'cloud'>, text: string): Text {
  if (!site.cloud) return text.replace(/[*_{}[\]!|\\-]/g, (sign) => `\\${sign}`);
  const line = (words: string) => (words === '' ? [] : [{ type: 'text', text: words }]);
  const content = text
    .split(/\n{2,}/)
    .map((part) => ({ type: 'paragraph', content: part.split('\n').flatMap((words, i) => [...(i ? [{ type: 'hardBreak' }] : []), ...line(words)]) }));
  return { type: 'doc', version: 1, content };
}
