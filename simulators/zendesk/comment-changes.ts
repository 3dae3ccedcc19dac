import type { Account } from './account.ts';
import { addDetail, type Details } from './errors.ts';
import { cleanHtml, htmlToText, imageSources, plainToHtml } from './html-body.ts';
import type { Attachment, Audit, AuditEvent, Comment, Ticket, Upload, User } from './model.ts';
import { contentUrl } from './present.ts';
import { textOf } from './values.ts';

/** A comment that has been read from a request and found valid. */
export interface WantedComment {
  authorId: number;
  public: boolean;
  html: string;
  text: string;
  uploads: Upload[];
}

/** The vendor takes 64 KB of text a comment. */
const MAX_BODY_BYTES = 65_535;

/** Reads `comment` of a request. Undefined when it says nothing (blank, no file); faults are added to `details`. */
export function readComment(
  account: Account,
  actor: User,
  given: unknown,
  defaults: { author: number; public: boolean },
  details: Details,
): WantedComment | undefined {
  const refuse = (field: string, description: string, error: string) => {
    addDetail(details, field, description, error);
  };
  const input = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : { body: given };
  const source = typeof input.html_body === 'string' ? input.html_body : undefined;
  const plain = textOf(input.body ?? input.value);
  if (Buffer.byteLength(source ?? plain) > MAX_BODY_BYTES) refuse('comment', `Comment: is too long (maximum is ${MAX_BODY_BYTES} bytes)`, 'ValueTooLong');
  const html = source === undefined ? plainToHtml(plain) : cleanHtml(source);
  const text = source === undefined ? plain.replace(/\r\n?/g, '\n').trim() : htmlToText(html);
  const uploads: Upload[] = [];
  for (const token of Array.isArray(input.uploads) ? input.uploads : []) {
    const upload = account.uploads.get(String(token));
    if (upload && upload.expiresAt > account.clock.now()) uploads.push(upload);
    else refuse('uploads', 'Attachment: upload token is invalid or has expired', 'InvalidValue');
  }
  const authorId = input.author_id === undefined || input.author_id === null ? defaults.author : Number(input.author_id);
  if (!account.users.has(authorId)) refuse('author', 'Author: is invalid', 'InvalidValue');
  if (text === '' && uploads.length === 0 && imageSources(html).length === 0) return undefined;
  const isPublic = !actor.only_private_comments && (typeof input.public === 'boolean' ? input.public : defaults.public);
  return { authorId, public: isPublic, html, text, uploads };
}

/** Adds the comment, uses its upload tokens up, and gives the audit's Comment event. Its id is the comment's. */
export function addComment(account: Account, ticket: Ticket, audit: Audit, wanted: WantedComment): AuditEvent {
  const shown = new Set(imageSources(wanted.html));
  const attachments: Attachment[] = wanted.uploads.flatMap((upload) => upload.attachments);
  for (const attachment of attachments) {
    attachment.ticketId = ticket.id;
    attachment.inline = shown.has(contentUrl(account, attachment));
  }
  for (const upload of wanted.uploads) account.uploads.delete(upload.token);
  const comment: Comment = {
    id: account.nextId(),
    audit_id: audit.id,
    author_id: wanted.authorId,
    public: wanted.public,
    html_body: wanted.html,
    attachments,
    metadata: audit.metadata,
    via: audit.via,
    created_at: audit.created_at,
  };
  account.comments.get(ticket.id)?.push(comment);
  // The rest of the event is filled in when the audit is shown.
  return { id: comment.id, type: 'Comment' };
}
