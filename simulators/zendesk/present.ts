import type { Account } from './account.ts';
import { htmlToText } from './html-body.ts';
import type { Attachment, Audit, Brand, Comment, CustomStatus, Group, Ticket, User } from './model.ts';

/** A ticket as the API shows it. */
export function presentTicket(account: Account, ticket: Ticket) {
  const { deleted, ...shown } = ticket;
  return {
    url: `${account.url}/api/v2/tickets/${ticket.id}.json`,
    ...shown,
    status: deleted ? 'deleted' : ticket.status,
    raw_subject: ticket.subject,
    due_at: ticket.type === 'task' ? ticket.due_at : null,
    recipient: null,
    forum_topic_id: null,
    has_incidents: ticket.type === 'problem' && [...account.tickets.values()].some((other) => other.problem_id === ticket.id),
    satisfaction_rating: null,
    sharing_agreement_ids: [],
    followup_ids: [],
    fields: ticket.custom_fields,
    allow_channelback: false,
    allow_attachments: true,
    from_messaging_channel: false,
  };
}

/** A comment as the API shows it; images in the text are left out of `attachments` unless `inlineImages`. */
export function presentComment(account: Account, comment: Comment, inlineImages: boolean) {
  return {
    id: comment.id,
    type: 'Comment',
    author_id: comment.author_id,
    body: htmlToText(comment.html_body, true),
    html_body: comment.html_body,
    plain_body: htmlToText(comment.html_body),
    public: comment.public,
    attachments: comment.attachments.filter((file) => inlineImages || !file.inline).map((file) => presentAttachment(account, file)),
    audit_id: comment.audit_id,
    via: comment.via,
    created_at: comment.created_at,
    metadata: comment.metadata,
  };
}

export function presentAudit(account: Account, audit: Audit) {
  // A comment may have been made private or redacted since: the audit shows it as it is now.
  const comments = new Map(account.comments.get(audit.ticket_id)?.map((comment) => [comment.id, comment]));
  const events = audit.events.map((event) => {
    const comment = event.type === 'Comment' ? comments.get(event.id) : undefined;
    if (!comment) return event;
    const { metadata: _metadata, via: _via, created_at: _at, ...shown } = presentComment(account, comment, true);
    return shown;
  });
  return { ...audit, events };
}

/** The address a file is fetched from. Knowing it is enough, unless attachments are private. */
export function contentUrl(account: Account, attachment: Attachment): string {
  return `${account.url}/attachments/token/${attachment.token}/?name=${encodeURIComponent(attachment.file_name)}`;
}

export function presentAttachment(account: Account, attachment: Attachment) {
  const { token: _token, file: _file, ticketId: _ticketId, width, height, ...shown } = attachment;
  return {
    url: `${account.url}/api/v2/attachments/${attachment.id}.json`,
    ...shown,
    content_url: contentUrl(account, attachment),
    mapped_content_url: contentUrl(account, attachment),
    // The vendor's description has them as text.
    width: width === null ? null : String(width),
    height: height === null ? null : String(height),
    malware_access_override: false,
    malware_scan_result: 'malware_not_found',
    thumbnails: [],
  };
}

export function presentUser(account: Account, user: User) {
  const { group_ids, ...shown } = user;
  return {
    url: `${account.url}/api/v2/users/${user.id}.json`,
    ...shown,
    default_group_id: group_ids[0] ?? null,
    active: true,
    verified: true,
    shared: false,
    moderator: user.role !== 'end-user',
    restricted_agent: user.ticket_restriction !== null,
    locale: 'en-US',
    locale_id: 1,
    time_zone: 'UTC',
    iana_time_zone: 'Etc/UTC',
    phone: null,
    photo: null,
    tags: [],
    user_fields: {},
  };
}

export function presentBrand(account: Account, brand: Brand) {
  return {
    url: `${account.url}/api/v2/brands/${brand.id}.json`,
    ...brand,
    brand_url: brand.default ? account.url : `https://${brand.subdomain}.zendesk.com`,
    has_help_center: false,
    help_center_state: 'disabled',
    host_mapping: null,
    is_deleted: false,
    logo: null,
    signature_template: '{{agent.signature}}',
    ticket_form_ids: [],
    updated_at: brand.created_at,
  };
}

export function presentGroup(account: Account, group: Group) {
  return {
    url: `${account.url}/api/v2/groups/${group.id}.json`,
    ...group,
    description: '',
    default: true,
    deleted: false,
    is_public: true,
    updated_at: group.created_at,
  };
}

export function presentCustomStatus(status: CustomStatus) {
  return { ...status, end_user_label: status.agent_label, description: '', end_user_description: '', raw_agent_label: status.agent_label };
}
