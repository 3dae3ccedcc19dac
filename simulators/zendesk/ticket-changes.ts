import { type Account, addUser, timestamp, userByEmail } from './account.ts';
import { addComment, readComment, type WantedComment } from './comment-changes.ts';
import { ApiError, addDetail, type Details, invalidAttribute, invalidRecord } from './errors.ts';
import { htmlToText } from './html-body.ts';
import type { Audit, AuditEvent, Ticket, User, Via } from './model.ts';
import { defaultCustomStatus, readFields } from './ticket-fields.ts';
import { isObject } from './values.ts';

type Input = Record<string, unknown>;
const API: Via = { channel: 'api', source: { from: {}, to: {}, rel: null } };
export const WEB: Via = { channel: 'web', source: { from: {}, to: {}, rel: null } };

/** Fields whose changes are written to the audit. `custom_status_id` and `is_public` follow from others. */
const AUDITED = [
  'subject',
  'type',
  'priority',
  'status',
  'requester_id',
  'assignee_id',
  'group_id',
  'organization_id',
  'brand_id',
  'external_id',
  'tags',
  'due_at',
  'problem_id',
  'custom_status_id',
  'collaborator_ids',
  'follower_ids',
  'email_cc_ids',
] as const;
/** The webhook event of a changed field. */
const EVENTS: Partial<Record<(typeof AUDITED)[number], string>> = {
  subject: 'subject_changed',
  type: 'type_changed',
  priority: 'priority_changed',
  status: 'status_changed',
  requester_id: 'requester_changed',
  assignee_id: 'agent_assignment_changed',
  group_id: 'group_assignment_changed',
  organization_id: 'organization_changed',
  brand_id: 'brand_changed',
  external_id: 'external_id_changed',
  tags: 'tags_changed',
  due_at: 'task_due_at_changed',
  problem_id: 'problem_link_changed',
  custom_status_id: 'custom_status_changed',
  follower_ids: 'followers_changed',
  email_cc_ids: 'email_ccs_changed',
};

/** Creates a ticket with its first comment. Throws the vendor's 422 with all faults at once, having changed nothing. */
export function createTicket(account: Account, actor: User, input: Input, via: Via = API): { ticket: Ticket; audit: Audit } {
  const details: Details = {};
  const wanted = readFields(account, input, details);
  const submitterId = typeof input.submitter_id === 'number' && account.users.has(input.submitter_id) ? input.submitter_id : actor.id;
  const comment = readComment(account, actor, firstComment(input), { author: submitterId, public: true }, details);
  if (!comment) addDetail(details, 'base', 'Description: cannot be blank', 'BlankValue');
  if (Object.keys(details).length > 0 || !comment) throw invalidRecord(details);
  const requester = requesterOf(account, actor, input, wanted);
  const at = timestamp(account);
  const status = wanted.status ?? (wanted.assignee_id ? 'open' : 'new');
  const ticket: Ticket = {
    external_id: null,
    subject: comment.text.slice(0, 60),
    type: null,
    priority: null,
    custom_status_id: defaultCustomStatus(account, status),
    assignee_id: null,
    group_id: account.groups[0]?.id ?? null,
    organization_id: requester.organization_id,
    brand_id: account.brands[0]?.id ?? 0,
    problem_id: null,
    ticket_form_id: null,
    due_at: null,
    tags: [],
    custom_fields: [],
    collaborator_ids: [],
    follower_ids: [],
    email_cc_ids: [],
    ...wanted,
    id: account.nextTicketId(),
    status,
    description: comment.text,
    requester_id: requester.id,
    submitter_id: submitterId,
    is_public: comment.public,
    via,
    created_at: at,
    updated_at: at,
    generated_timestamp: 0,
    deleted: null,
  };
  account.tickets.set(ticket.id, ticket);
  account.comments.set(ticket.id, []);
  account.audits.set(ticket.id, []);
  const audit = openAudit(account, ticket, actor, input.metadata, via);
  audit.events.push(addComment(account, ticket, audit, comment));
  for (const field of AUDITED) {
    const value = ticket[field];
    if (value !== null && !(Array.isArray(value) && value.length === 0)) audit.events.push(fieldEvent(account, 'Create', field, value));
  }
  closeAudit(account, ticket, audit);
  emit(account, ticket, actor, 'created', {});
  emitComment(account, ticket, actor);
  return { ticket, audit };
}

/**
 * Changes fields and adds a comment, in one audit. Throws 409 when `safe_update` finds the ticket newer than `updated_stamp`, and 422 for what
 * is invalid; then nothing has changed. Without any change no audit is kept and the ticket stays as it is.
 */
export function updateTicket(account: Account, actor: User, ticket: Ticket, input: Input, via: Via = API): { ticket: Ticket; audit: Audit } {
  if (input.safe_update === true && typeof input.updated_stamp === 'string') {
    // Whole seconds on both sides: two changes within one second are not told apart, as with the vendor.
    const seen = Math.floor(Date.parse(input.updated_stamp) / 1000);
    if (seen < Date.parse(ticket.updated_at) / 1000 || Number.isNaN(seen)) {
      const description = 'Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.';
      throw new ApiError(409, { error: 'UpdateConflict', description });
    }
  }
  if (ticket.status === 'closed') throw invalidRecord({ status: [{ description: 'Status: closed prevents ticket update' }] });
  const details: Details = {};
  const wanted = readFields(account, input, details);
  delete wanted.requester_id;
  if (typeof input.requester_id === 'number' && account.users.has(input.requester_id)) wanted.requester_id = input.requester_id;
  const given = input.comment;
  const comment =
    given === undefined || given === null ? undefined : readComment(account, actor, given, { author: actor.id, public: ticket.is_public }, details);
  if (comment && (account.comments.get(ticket.id)?.length ?? 0) >= account.settings.maxCommentsPerTicket) {
    addDetail(details, 'base', `Comments: a ticket can have at most ${account.settings.maxCommentsPerTicket} comments`, 'TooManyComments');
  }
  if (Object.keys(details).length > 0) throw invalidRecord(details);
  applyCustomFields(ticket, wanted);
  followRules(account, actor, ticket, wanted, comment);

  const before = { ...ticket };
  const audit = openAudit(account, ticket, actor, input.metadata, via);
  if (comment) audit.events.push(addComment(account, ticket, audit, comment));
  Object.assign(ticket, wanted);
  if (comment?.public) ticket.is_public = true;
  const changed = AUDITED.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(ticket[field]));
  for (const field of changed) audit.events.push({ ...fieldEvent(account, 'Change', field, ticket[field]), previous_value: auditValue(before[field]) });
  for (const field of customChanges(before, ticket)) audit.events.push({ id: account.nextId(), type: 'Change', ...field });
  if (audit.events.length === 0) return { ticket, audit };
  closeAudit(account, ticket, audit);
  if (comment) emitComment(account, ticket, actor);
  for (const field of changed) {
    const name = EVENTS[field];
    if (name) emit(account, ticket, actor, name, { current: eventValue(field, ticket[field]), previous: eventValue(field, before[field]) });
  }
  return { ticket, audit };
}

/** Moves a ticket to the deleted ones: reads answer 404 from now on, the feed shows it once more. */
export function deleteTicket(account: Account, actor: User, ticket: Ticket): void {
  ticket.deleted = { at: timestamp(account), by: actor.id };
  touch(account, ticket);
  emit(account, ticket, actor, 'soft_deleted', {});
}

export function restoreTicket(account: Account, actor: User, ticket: Ticket): void {
  ticket.deleted = null;
  touch(account, ticket);
  emit(account, ticket, actor, 'undeleted', {});
}

/** Starts an audit; it counts once `closeAudit` has been called. */
export function openAudit(account: Account, ticket: Ticket, actor: User, custom: unknown, via: Via): Audit {
  const metadata = { system: { client: 'zendesk-simulator', ip_address: '127.0.0.1' }, custom: isObject(custom) ? custom : {} };
  return { id: account.nextId(), ticket_id: ticket.id, author_id: actor.id, created_at: timestamp(account), metadata, via, events: [] };
}

export function closeAudit(account: Account, ticket: Ticket, audit: Audit): void {
  account.audits.get(ticket.id)?.push(audit);
  touch(account, ticket);
}

export function emit(account: Account, ticket: Ticket, actor: User, name: string, event: Record<string, unknown>): void {
  for (const listener of account.listeners) listener({ name, ticket, actorId: actor.id, event });
}

function emitComment(account: Account, ticket: Ticket, actor: User): void {
  const comment = account.comments.get(ticket.id)?.at(-1);
  const author = comment && account.users.get(comment.author_id);
  if (!comment || !author) return;
  const body = htmlToText(comment.html_body);
  const writer = { id: String(author.id), is_staff: author.role !== 'end-user', name: author.name };
  emit(account, ticket, actor, 'comment_added', { comment: { author: writer, body, id: String(comment.id), is_public: comment.public } });
  for (const attachment of comment.attachments) {
    emit(account, ticket, actor, 'attachment_linked_to_comment', {
      attachment: {
        content_type: attachment.content_type,
        content_url: `${account.url}/attachments/token/${attachment.token}/?name=${encodeURIComponent(attachment.file_name)}`,
        filename: attachment.file_name,
        id: String(attachment.id),
        is_public: comment.public,
      },
      comment: { id: String(comment.id) },
    });
  }
}

function touch(account: Account, ticket: Ticket): void {
  ticket.updated_at = timestamp(account);
  ticket.generated_timestamp = Math.floor(account.clock.now() / 1000);
}

/** What changes by itself along with what was asked for, by the account's ordinary settings. */
function followRules(account: Account, actor: User, ticket: Ticket, wanted: Partial<Ticket>, comment: WantedComment | undefined): void {
  const assignee = wanted.assignee_id === undefined ? ticket.assignee_id : wanted.assignee_id;
  if (wanted.status === 'solved' && assignee === null && actor.role !== 'end-user') wanted.assignee_id = actor.id;
  const reopens = comment?.public === true && comment.authorId === ticket.requester_id && actor.role === 'end-user';
  const next = wanted.status ?? ticket.status;
  if ((next === 'new' && wanted.assignee_id) || (wanted.status === undefined && reopens && ['pending', 'hold', 'solved'].includes(ticket.status))) {
    wanted.status = 'open';
    wanted.custom_status_id = defaultCustomStatus(account, 'open');
  }
}

function applyCustomFields(ticket: Ticket, wanted: Partial<Ticket>): void {
  if (!wanted.custom_fields) return;
  const merged = new Map(ticket.custom_fields.map((field) => [field.id, field]));
  for (const field of wanted.custom_fields) merged.set(field.id, field);
  wanted.custom_fields = [...merged.values()];
}

function customChanges(before: Ticket, after: Ticket): { field_name: string; value: unknown; previous_value: unknown }[] {
  const old = new Map(before.custom_fields.map((field) => [field.id, field.value]));
  return after.custom_fields
    .filter((field) => JSON.stringify(old.get(field.id) ?? null) !== JSON.stringify(field.value))
    .map((field) => ({ field_name: String(field.id), value: auditValue(field.value), previous_value: auditValue(old.get(field.id) ?? null) }));
}

function fieldEvent(account: Account, type: 'Create' | 'Change', field: string, value: unknown): AuditEvent {
  return { id: account.nextId(), type, field_name: field, value: auditValue(value) };
}

/** Audits write every scalar as text. */
function auditValue(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Webhook events write choices in capitals and ids as text. */
function eventValue(field: string, value: unknown): unknown {
  if (typeof value === 'string' && ['type', 'priority', 'status'].includes(field)) return value.toUpperCase();
  return typeof value === 'number' ? String(value) : value;
}

function firstComment(input: Input): unknown {
  const comment = input.comment;
  if (isObject(comment)) return comment;
  if (comment !== undefined && comment !== null) throw invalidAttribute('comment');
  return typeof input.description === 'string' ? { body: input.description } : {};
}

function requesterOf(account: Account, actor: User, input: Input, wanted: Partial<Ticket>): User {
  const given = input.requester;
  if (isObject(given) && typeof given.email === 'string') {
    const name = typeof given.name === 'string' ? given.name : given.email;
    return userByEmail(account, given.email) ?? addUser(account, { name, email: given.email });
  }
  return account.users.get(wanted.requester_id ?? actor.id) ?? actor;
}
