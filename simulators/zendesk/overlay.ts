import type { Correction, Description } from '../http/description.ts';

const LISTS = [
  '/api/v2/tickets',
  '/api/v2/tickets/show_many',
  '/api/v2/tickets/{ticket_id}/comments',
  '/api/v2/tickets/{ticket_id}/audits',
  '/api/v2/users',
  '/api/v2/users/search',
  '/api/v2/users/show_many',
  '/api/v2/brands',
  '/api/v2/groups',
  '/api/v2/groups/assignable',
  '/api/v2/search',
  '/api/v2/search/export',
  '/api/v2/ticket_fields',
  '/api/v2/ticket_forms',
  '/api/v2/incremental/tickets',
  '/api/v2/incremental/tickets/cursor',
  '/api/v2/incremental/ticket_events',
  '/api/v2/tickets/{ticket_id}',
];
const PAGING = ['page[size]', 'page[after]', 'page[before]', 'page', 'per_page', 'sort', 'sort_by', 'sort_order', 'include'];

/** Fields that the vendor answers (and takes) as null while the description gives them a plain type. */
const NULLABLE: Record<string, string[]> = {
  TicketObject: [
    'assignee_id',
    'custom_status_id',
    'external_id',
    'forum_topic_id',
    'group_id',
    'organization_id',
    'priority',
    'problem_id',
    'recipient',
    'satisfaction_rating',
    'ticket_form_id',
    'type',
  ],
  TicketUpdateInput: ['assignee_id', 'external_id', 'group_id', 'organization_id', 'priority', 'problem_id', 'type'],
  AttachmentBaseObject: ['height', 'width'],
  BrandObject: ['host_mapping', 'logo'],
  UserForAdmin: ['default_group_id', 'email'],
};

/** All known faults. The description carries no version of its own: they hold for the file of 2025-04. */
export const CORRECTIONS: Correction[] = [
  {
    reason: 'POST /uploads takes filename (required) and token, and the file as its body; the description has neither',
    apply(description) {
      declare(description, '/api/v2/uploads', 'post', 'filename', true);
      declare(description, '/api/v2/uploads', 'post', 'token');
    },
  },
  {
    reason: 'Paging, sorting and sideloading parameters are described in prose only',
    apply(description) {
      for (const path of LISTS) for (const name of PAGING) declare(description, path, 'get', name);
    },
  },
  {
    reason: 'incremental/tickets/cursor: start_time is for the first request only, a cursor stands in its place afterwards',
    apply(description) {
      description.paths['/api/v2/incremental/tickets/cursor'].parameters = [];
      description.paths['/api/v2/incremental/tickets/cursor'].get.parameters = ['start_time', 'cursor', 'exclude_deleted', ...PAGING].map((name) =>
        parameter(name, false),
      );
    },
  },
  {
    reason: 'The list of groups is given a user_id in its path, which has none',
    apply(description) {
      description.paths['/api/v2/groups'].get.parameters = PAGING.map((name) => parameter(name, false));
    },
  },
  {
    reason: 'exclude_deleted of the incremental feeds is described in prose only',
    apply: (description) => declare(description, '/api/v2/incremental/tickets', 'get', 'exclude_deleted'),
  },
  {
    reason: 'custom_fields of a request point at the definition of a field; they are {id, value}',
    apply(description) {
      description.components.schemas.TicketUpdateInput.properties.custom_fields.items = {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'integer' }, value: {} },
      };
    },
  },
  {
    reason: 'custom_fields of an answer hold any value, not text only',
    apply(description) {
      description.components.schemas.TicketObject.properties.custom_fields.items.properties.value = {};
    },
  },
  {
    reason: "Null is a value of these fields, in the vendor's own examples too",
    apply(description) {
      for (const [schema, properties] of Object.entries(NULLABLE)) {
        for (const property of properties) makeNullable(description.components.schemas[schema].properties, property);
      }
    },
  },
  {
    reason: "The input schema leaves out metadata, requester and brand_id, which the endpoint's own prose and TicketObject document",
    apply(description) {
      Object.assign(description.components.schemas.TicketUpdateInput.properties, {
        metadata: { type: 'object', additionalProperties: true },
        requester: { type: 'object', properties: { name: { type: 'string' }, email: { type: 'string' }, locale_id: { type: 'integer' } } },
        brand_id: { type: 'integer' },
      });
    },
  },
  {
    reason: 'status of a ticket in the incremental feed may be "deleted"',
    apply: (description) => void description.components.schemas.TicketObject.properties.status.enum.push('deleted'),
  },
  {
    reason: 'The value of an audit event is a list for tags, and null for what has been emptied',
    apply(description) {
      description.components.schemas.AuditObject.properties.events.items.properties.value = {};
    },
  },
  {
    reason: 'users/me answers an unsigned request with a user whose id is null',
    apply(description) {
      for (const schema of ['UserForAdmin', 'UserForEndUser']) makeNullable(description.components.schemas[schema].properties, 'id');
    },
  },
  {
    reason: 'incremental/ticket_events answers audits with child events; the description gives it the schema of ticket metrics',
    apply(description) {
      description.components.schemas.ExportIncrementalTicketEventsResponse.properties.ticket_events.items = {
        type: 'object',
        required: ['id', 'ticket_id', 'timestamp', 'child_events', 'event_type'],
        additionalProperties: true,
        properties: {
          id: { type: 'integer' },
          ticket_id: { type: 'integer' },
          timestamp: { type: 'integer' },
          event_type: { type: 'string' },
          child_events: { type: 'array' },
        },
      };
    },
  },
];

/** Endpoints that are simulated and not in the description: these answers are not checked. */
export const UNDESCRIBED = [
  { path: /^\/api\/v2\/webhooks(\/|$)/, reason: 'The Webhooks API has a description of its own, which is not at hand' },
  { path: /^\/api\/v2\/oauth\/tokens\/current$/, reason: 'The current token is named by a word where the description knows numbers only' },
  { path: /^\/api\/v2\/apps(\/|$)/, reason: 'Apps are not in the slice' },
  { path: /^\/api\/v2\/deleted_tickets(\/|$)/, reason: 'Deleted tickets are not in the slice' },
];

/** What the vendor answers beyond its description. Any other property of an answer that the description does not name is a violation. */
export const BEYOND_DESCRIPTION = [
  { property: /^(count|next_page|previous_page|meta(\..*)?|links(\..*)?)$/, reason: 'Paging members are described in prose only' },
  { property: /^users$/, reason: 'Sideloaded users are described in prose only' },
  { property: /^(ticket|tickets\[\])\.fields$/, reason: "The older name of custom_fields, in the vendor's own examples too" },
  { property: /^results\[\]\./, reason: 'Search answers whole tickets; the description names what all kinds of result have in common' },
  { property: /^upload\.expires_at$/, reason: 'Seen in answers that people have published' },
  { property: /^audit(\.events\[\]\.|$)/, reason: 'Members of an audit event depend on its type; creating answers an audit too' },
  { property: /^(refresh_token|expires_in|refresh_token_expires_in)$/, reason: 'The refresh flow is described in prose only' },
  { property: /^user\.(group_ids|authenticity_token)$/, reason: 'Members of the signed-in user' },
];

function declare(description: Description, path: string, method: string, name: string, required = false): void {
  const operation = description.paths[path][method];
  const parameters = (operation.parameters ?? []).filter((given: { name?: string }) => given.name !== name);
  operation.parameters = [...parameters, parameter(name, required)];
}

function parameter(name: string, required: boolean) {
  return { name, in: 'query', required, schema: { type: 'string' } };
}

function makeNullable(properties: Description, name: string): void {
  const schema = properties[name];
  // "nullable" means nothing beside a reference, and an enumeration has to name null itself.
  if (schema.$ref) properties[name] = { anyOf: [schema, { type: 'object', nullable: true, enum: [null] }] };
  else Object.assign(schema, { nullable: true, ...(schema.enum ? { enum: [...schema.enum, null] } : {}) });
}
