import type { Answer } from '../http/answer.ts';
import type { Account } from './account.ts';
import type { Call, Route } from './call.ts';
import { notFound } from './errors.ts';
import { PRIORITIES, STATUSES, TYPES } from './model.ts';
import { paginate } from './pages.ts';
import { presentBrand, presentCustomStatus, presentGroup } from './present.ts';

/** What the account is made of, read only: settings, brands, groups, fields, forms, statuses. */
export const catalogueRoutes: Route[] = [
  { method: 'GET', path: '/api/v2/account/settings', access: 'agent', scope: 'read', handle: settings },
  { method: 'GET', path: '/api/v2/brands', access: 'agent', scope: 'brands', handle: (call) => listed(call, 'brands', call.account.brands, presentBrand) },
  {
    method: 'GET',
    path: '/api/v2/brands/:id',
    access: 'agent',
    scope: 'brands',
    handle: (call) =>
      one(
        'brand',
        call.account.brands.find((brand) => brand.id === Number(call.params.id)),
        (brand) => presentBrand(call.account, brand),
      ),
  },
  { method: 'GET', path: '/api/v2/groups', access: 'agent', scope: 'groups', handle: (call) => listed(call, 'groups', call.account.groups, presentGroup) },
  {
    method: 'GET',
    path: '/api/v2/groups/assignable',
    access: 'agent',
    scope: 'groups',
    handle: (call) => listed(call, 'groups', call.account.groups, presentGroup),
  },
  {
    method: 'GET',
    path: '/api/v2/custom_statuses',
    access: 'user',
    scope: 'tickets',
    handle: (call) => ({ status: 200, json: { custom_statuses: call.account.customStatuses.map(presentCustomStatus) } }),
  },
  { method: 'GET', path: '/api/v2/ticket_fields', access: 'user', scope: 'tickets', handle: fields },
  {
    method: 'GET',
    path: '/api/v2/ticket_forms',
    access: 'user',
    scope: 'tickets',
    handle: (call) => ({ status: 200, json: { ticket_forms: [form(call.account)], count: 1, next_page: null, previous_page: null } }),
  },
];

function settings(call: Call): Answer {
  const { account } = call;
  return {
    status: 200,
    json: {
      settings: {
        active_features: { customer_satisfaction: false, markdown: false, rich_content_in_emails: true, allow_ccs: true },
        api: { accepted_api_agreement: true, api_password_access: 'false', api_token_access: 'true' },
        branding: {
          header_color: '17494D',
          page_background_color: '333333',
          tab_background_color: '7FA239',
          text_color: 'FFFFFF',
          header_logo_url: null,
          favicon_url: null,
        },
        brands: { default_brand_id: account.brands[0]?.id, require_brand_on_new_tickets: false },
        limits: { attachment_size: account.settings.maxUploadBytes },
        localization: { locale_ids: [1] },
        tickets: {
          agent_ticket_deletion: true,
          allow_group_reset: true,
          assign_tickets_upon_solve: true,
          comments_public_by_default: true,
          private_attachments: account.settings.privateAttachments,
          rich_text_comments: true,
          tagging: true,
        },
      },
    },
  };
}

/** The system's own fields, with their options: what can be set on a ticket here. */
function fields(call: Call): Answer {
  const system = [
    { type: 'subject', title: 'Subject' },
    { type: 'description', title: 'Description' },
    { type: 'custom_status', title: 'Ticket status', custom_statuses: call.account.customStatuses },
    { type: 'status', title: 'Status', system_field_options: options(STATUSES) },
    { type: 'tickettype', title: 'Type', system_field_options: options(TYPES) },
    { type: 'priority', title: 'Priority', system_field_options: options(PRIORITIES) },
    { type: 'group', title: 'Group' },
    { type: 'assignee', title: 'Assignee' },
  ];
  const shown = system.map((field, index) => ({
    id: call.account.id - 100 + index,
    url: `${call.account.url}/api/v2/ticket_fields/${call.account.id - 100 + index}.json`,
    position: index + 1,
    active: true,
    required: false,
    removable: false,
    raw_title: field.title,
    description: '',
    created_at: call.account.groups[0]?.created_at,
    updated_at: call.account.groups[0]?.created_at,
    ...field,
  }));
  return { status: 200, json: { ticket_fields: shown, count: shown.length, next_page: null, previous_page: null } };
}

function form(account: Account) {
  const id = account.id - 200;
  return {
    id,
    url: `${account.url}/api/v2/ticket_forms/${id}.json`,
    name: 'Default ticket form',
    active: true,
    default: true,
    end_user_visible: true,
    in_all_brands: true,
    position: 1,
  };
}

function options(values: readonly string[]) {
  return values.map((value) => ({ name: `${value.charAt(0).toUpperCase()}${value.slice(1)}`, value }));
}

function listed<T extends { id: number }>(call: Call, name: string, items: T[], present: (account: Account, item: T) => unknown): Answer {
  const { page, paging } = paginate(items, { key: (item) => item.id, id: (item) => item.id }, call.query, `${call.account.url}${call.path}`);
  return { status: 200, json: { [name]: page.map((item) => present(call.account, item)), ...paging } };
}

function one<T>(name: string, item: T | undefined, present: (item: T) => unknown): Answer {
  if (item === undefined) throw notFound();
  return { status: 200, json: { [name]: present(item) } };
}
