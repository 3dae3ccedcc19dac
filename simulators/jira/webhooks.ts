import { type Call, type Route, record, signedIn } from './call.ts';
import { ApiError, forbidden } from './errors.ts';
import type { EventName } from './model.ts';
import type { Site } from './site.ts';

/** An administrator's webhook. */
export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  excludeBody: boolean;
  /** JQL that issues must match; empty: all. */
  filter: string;
  secret: string;
  updated: number;
  by: string;
}

const EVENTS: readonly string[] = [
  'jira:issue_created',
  'jira:issue_updated',
  'jira:issue_deleted',
  'comment_created',
  'comment_updated',
  'comment_deleted',
  'attachment_created',
  'attachment_deleted',
] satisfies EventName[];
/** Known to Jira and not simulated: taken, and never sent. */
const OTHERS = /^(issuelink|worklog|project|user|sprint|board|jira:(version|worklog))_/;

const OLD = '/rest/webhooks/1.0/webhook';
const NEW = '/rest/jira-webhook/1.0/webhooks';

/** Webhooks of administrators: Cloud, and Data Center up to 9, at one address; Data Center from 10 on at another, in another shape. */
export function webhookRoutes(site: Site, webhooks: Webhook[]): Route[] {
  const modern = !site.cloud && Number.parseInt(site.settings.version, 10) >= 10;
  const path = modern ? NEW : OLD;
  const admin = (call: Call) => {
    const user = signedIn(call);
    if (!user.admin) throw forbidden('You must have global administrator rights in order to access webhooks.');
    return user;
  };
  const one = (call: Call): Webhook => {
    admin(call);
    const hook = webhooks.find(({ id }) => id === call.params.id);
    if (!hook) throw new ApiError(404, `Webhook with id ${call.params.id} not found`);
    return hook;
  };
  // The secret is never told again.
  const shown = ({ id, name, url, events, enabled, excludeBody, filter, secret, updated }: Webhook) =>
    modern
      ? { id: Number(id), name, url, events, active: enabled, configuration: { EXCLUDE_BODY: String(excludeBody), FILTERS: filter } }
      : {
          name,
          url,
          excludeBody,
          filters: { 'issue-related-events-section': filter },
          events,
          enabled,
          isSigned: secret !== '',
          self: `${site.url}${OLD}/${id}`,
          lastUpdated: updated,
        };
  const changesOf = (body: Record<string, unknown>): Partial<Webhook> => {
    const { name, url, events, filters, secret, configuration } = body;
    const enabled = body[modern ? 'active' : 'enabled'];
    if (name !== undefined && (typeof name !== 'string' || name === '')) throw new ApiError(400, 'Name cannot be empty.');
    if (url !== undefined && !(typeof url === 'string' && URL.canParse(url) && /^https?:/.test(url))) throw new ApiError(400, 'Please provide a valid URL.');
    if (events !== undefined && !(Array.isArray(events) && events.every((event) => EVENTS.includes(String(event)) || OTHERS.test(String(event)))))
      throw new ApiError(400, 'Unknown event.');
    const given = modern ? record(configuration).secret : secret;
    const filter = record(filters)['issue-related-events-section'];
    return {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof url === 'string' ? { url } : {}),
      ...(Array.isArray(events) ? { events: events.map(String) } : {}),
      ...(typeof enabled === 'boolean' ? { enabled } : {}),
      ...(typeof body.excludeBody === 'boolean' ? { excludeBody: body.excludeBody } : {}),
      ...(typeof filter === 'string' ? { filter } : {}),
      ...(typeof given === 'string' ? { secret: given } : {}),
    };
  };
  return [
    {
      method: 'GET',
      path,
      handle(call) {
        admin(call);
        return { status: 200, json: webhooks.map(shown) };
      },
    },
    {
      method: 'POST',
      path,
      handle(call) {
        const { id: by } = admin(call);
        const changes = changesOf(call.body);
        if (!changes.name) throw new ApiError(400, 'Name cannot be empty.');
        if (!changes.url) throw new ApiError(400, 'Please provide a valid URL.');
        const hook: Webhook = {
          id: site.nextId('webhook'),
          name: '',
          url: '',
          events: [],
          enabled: true,
          excludeBody: false,
          filter: '',
          secret: '',
          ...changes,
          updated: site.clock.now(),
          by,
        };
        webhooks.push(hook);
        return { status: 201, json: shown(hook) };
      },
    },
    { method: 'GET', path: `${path}/:id`, handle: (call) => ({ status: 200, json: shown(one(call)) }) },
    {
      method: 'PUT',
      path: `${path}/:id`,
      handle(call) {
        const hook = Object.assign(one(call), changesOf(call.body), { updated: site.clock.now() });
        return { status: 200, json: shown(hook) };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      handle(call) {
        webhooks.splice(webhooks.indexOf(one(call)), 1);
        return { status: 204 };
      },
    },
  ];
}
