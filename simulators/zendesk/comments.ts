import type { Answer } from '../http/answer.ts';
import type { Call, Route } from './call.ts';
import { invalidValue, notFound } from './errors.ts';
import { htmlToText, plainToHtml } from './html-body.ts';
import type { Comment, Ticket } from './model.ts';
import { paginate } from './pages.ts';
import { presentAttachment, presentComment } from './present.ts';
import { closeAudit, emit, openAudit } from './ticket-changes.ts';
import { ticketOf, usersAside } from './tickets.ts';

const scope = 'tickets';

/** Reading comments, and the two things that can be done to one: make it private, and redact. */
export const commentRoutes: Route[] = [
  { method: 'GET', path: '/api/v2/tickets/:id/comments', access: 'agent', scope, handle: list },
  { method: 'GET', path: '/api/v2/tickets/:id/comments/count', access: 'agent', scope, handle: count },
  { method: 'PUT', path: '/api/v2/tickets/:id/comments/:comment/make_private', access: 'agent', scope, handle: makePrivate },
  { method: 'PUT', path: '/api/v2/tickets/:id/comments/:comment/redact', access: 'agent', scope, handle: redact },
  { method: 'PUT', path: '/api/v2/tickets/:id/comments/:comment/attachments/:attachment/redact', access: 'agent', scope, handle: redactAttachment },
];

function list(call: Call): Answer {
  const ticket = ticketOf(call);
  const sort = call.query.get('sort') ?? 'created_at';
  if (!['created_at', '-created_at'].includes(sort)) throw invalidValue(`sort: ${sort} is not valid`);
  const descending = sort === '-created_at' || call.query.get('sort_order') === 'desc';
  const order = { key: (comment: Comment) => comment.created_at, id: (comment: Comment) => comment.id, descending };
  const { page, paging } = paginate(call.account.comments.get(ticket.id) ?? [], order, call.query, `${call.account.url}${call.path}`);
  const inline = call.query.get('include_inline_images') === 'true';
  const aside = usersAside(
    call,
    page.map((comment) => comment.author_id),
  );
  return { status: 200, json: { comments: page.map((comment) => presentComment(call.account, comment, inline)), ...aside, ...paging } };
}

function count(call: Call): Answer {
  const value = call.account.comments.get(ticketOf(call).id)?.length ?? 0;
  return { status: 200, json: { count: { value, refreshed_at: new Date(call.account.clock.now()).toISOString() } } };
}

function makePrivate(call: Call): Answer {
  const { ticket, comment } = commentOf(call);
  if (comment.public) {
    comment.public = false;
    ticket.is_public = (call.account.comments.get(ticket.id) ?? []).some((other) => other.public);
    record(call, ticket, { type: 'CommentPrivacyChange', comment_id: comment.id, public: false });
    emit(call.account, ticket, call.user, 'comment_made_private', { comment: { id: String(comment.id) } });
  }
  // 200 with nothing in it, though its type says JSON.
  return { status: 200, text: '', type: 'application/json; charset=utf-8' };
}

function redact(call: Call): Answer {
  const { ticket, comment } = commentOf(call);
  const text = call.body.text;
  if (typeof text !== 'string' || text === '') throw invalidValue('text: cannot be blank');
  if (!htmlToText(comment.html_body).includes(text)) throw notFound();
  // Redacting works on the text: the vendor's comment keeps its words and loses its formatting where the text spans elements.
  const bar = '▇'.repeat(Array.from(text).length);
  const inMarkup = comment.html_body.replaceAll(text, bar);
  comment.html_body = inMarkup === comment.html_body ? plainToHtml(htmlToText(comment.html_body).replaceAll(text, bar)) : inMarkup;
  if (call.account.comments.get(ticket.id)?.[0] === comment) ticket.description = htmlToText(comment.html_body);
  record(call, ticket, { type: 'CommentRedactionEvent', comment_id: comment.id });
  emit(call.account, ticket, call.user, 'comment_redacted', { comment: { id: String(comment.id) } });
  return { status: 200, json: { comment: presentComment(call.account, comment, true) } };
}

async function redactAttachment(call: Call): Promise<Answer> {
  const { ticket, comment } = commentOf(call);
  const attachment = comment.attachments.find((file) => file.id === Number(call.params.attachment));
  if (!attachment) throw notFound();
  const empty = await call.account.files.storeBytes(Buffer.from(''));
  Object.assign(attachment, { file_name: 'redacted.txt', content_type: 'text/plain', size: 0, width: null, height: null, inline: false, file: empty.file });
  record(call, ticket, { type: 'AttachmentRedactionEvent', comment_id: comment.id, attachment_id: attachment.id });
  emit(call.account, ticket, call.user, 'attachment_redacted_from_comment', { attachment: { id: String(attachment.id) }, comment: { id: String(comment.id) } });
  return { status: 200, json: { attachment: presentAttachment(call.account, attachment) } };
}

function commentOf(call: Call): { ticket: Ticket; comment: Comment } {
  const ticket = ticketOf(call);
  const comment = call.account.comments.get(ticket.id)?.find((one) => one.id === Number(call.params.comment));
  if (!comment) throw notFound();
  return { ticket, comment };
}

function record(call: Call, ticket: Ticket, event: { type: string } & Record<string, unknown>): void {
  const audit = openAudit(call.account, ticket, call.user, undefined, { channel: 'api', source: { from: {}, to: {}, rel: null } });
  audit.events.push({ id: call.account.nextId(), ...event });
  closeAudit(call.account, ticket, audit);
}
