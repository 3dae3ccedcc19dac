import type { Answer } from '../http/answer.ts';
import { type Call, type Route, writableIn } from './call.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import { type Hub, stamp } from './hub.ts';
import type { App, Hook, Repo } from './model.ts';
import { paged, pageOf } from './paging.ts';
import { pingPayload, presentHook } from './payloads.ts';
import { repoUrl } from './present-user.ts';
import { written } from './values.ts';

const EVENTS = ['*', 'issues', 'issue_comment', 'pull_request', 'push', 'label', 'milestone', 'repository', 'issue_dependencies', 'sub_issues', 'ping'];
const HOOKS_OF_AN_EVENT = 20;

function hookIn(call: Call): { repo: Repo; hook: Hook } {
  const repo = writableIn(call, 'admin');
  const hook = call.hub.hooks.find(({ id }) => String(id) === call.params.id);
  if (hook?.repo !== repo.id) throw notFound();
  return { repo, hook };
}

const shown = (hub: Hub, repo: Repo, hook: Hook) => presentHook(repoUrl(hub, repo), hook);

/** The settings that were given, over those that there are. */
function configIn(hub: Hub, given: unknown, before: Hook['config'] | undefined): Hook['config'] {
  const config = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : undefined;
  if (!config) {
    if (before) return before;
    throw invalid({ resource: 'Hook', code: 'custom', message: 'Config must contain URL for webhooks' });
  }
  const url = typeof config.url === 'string' ? config.url : '';
  if (url === '') throw invalid({ resource: 'Hook', code: 'custom', message: 'Config must contain URL for webhooks' });
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid({ resource: 'Hook', code: 'custom', field: 'url', message: `url is not a valid URL` });
  const { hostname } = new URL(url);
  if (!hub.settings.localHooks && /^(localhost|127\.|10\.|192\.168\.|\[::1\])/.test(hostname))
    throw invalid({
      resource: 'Hook',
      code: 'custom',
      field: 'url',
      message: `url is not supported because it isn't reachable over the public Internet (${hostname})`,
    });
  return {
    url,
    content_type: config.content_type === 'json' ? 'json' : 'form',
    // A config that is sent anew without its secret loses it.
    secret: typeof config.secret === 'string' && config.secret !== '' ? config.secret : null,
    insecure_ssl: written(config.insecure_ssl ?? '0'),
  };
}

function eventsIn(given: unknown, fallback: string[]): string[] {
  if (!Array.isArray(given)) return fallback;
  const events = given.map(String);
  const unknown = events.filter((event) => !EVENTS.includes(event));
  if (unknown.length > 0 || events.length === 0)
    throw invalid({ resource: 'Hook', code: 'custom', field: 'events', message: `These events are not supported by this hook: ${unknown.join(', ')}` });
  return [...new Set(events)];
}

function refuseTwins(hub: Hub, hook: Hook): void {
  const others = hub.hooks.filter((one) => one.repo === hook.repo && one.id !== hook.id);
  if (others.some((one) => one.config.url === hook.config.url && one.events.join() === hook.events.join()))
    throw invalid({ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' });
  for (const event of hook.events) {
    if (others.filter((one) => one.events.includes(event)).length >= HOOKS_OF_AN_EVENT)
      throw invalid({ resource: 'Hook', code: 'custom', message: `The "${event}" event cannot have more than ${HOOKS_OF_AN_EVENT} hooks` });
  }
}

const item = ({ id, guid, delivered_at, redelivery, duration, status, status_code, event, action, installation, repo }: Delivery) => ({
  id,
  guid,
  delivered_at,
  redelivery,
  duration,
  status,
  status_code,
  event,
  action,
  installation_id: installation,
  repository_id: repo,
  throttled_at: null,
});

/** The newest first, page by page with a cursor; by `status` those only that went well, or did not. */
function listDeliveries(call: Call, all: Delivery[]): Answer {
  const status = call.query.get('status');
  const cursor = call.query.get('cursor');
  const well = (one: Delivery) => one.status_code >= 200 && one.status_code < 400;
  const sent = all.filter((one) => one.state !== 'held' && one.state !== 'pending').reverse();
  const wanted = sent
    .filter((one) => (status === null ? true : status === 'success' ? well(one) : !well(one)))
    .filter((one) => cursor === null || one.id < Number(cursor));
  const { items } = pageOf({ ...call, query: new URLSearchParams({ per_page: call.query.get('per_page') ?? '30' }) }, wanted);
  const query = new URLSearchParams(call.query);
  const last = items.at(-1);
  if (last) query.set('cursor', String(last.id));
  const more = items.length < wanted.length ? { link: `<${call.hub.apiUrl}${call.path}?${query.toString()}>; rel="next"` } : {};
  return { status: 200, headers: more, json: items.map(item) };
}

function deliveryIn(call: Call, all: Delivery[]): Delivery {
  const delivery = all.find(({ id }) => String(id) === call.params.delivery);
  if (!delivery) throw notFound();
  return delivery;
}

const whole = (delivery: Delivery) => ({ ...item(delivery), url: delivery.url, request: delivery.request, response: delivery.response });

const appConfig = ({ webhook }: App) => ({ ...webhook, secret: '********' });

/** Webhooks of repositories (administrators only) and of the App, and what was sent to them. */
export function hookRoutes(deliveries: Deliveries): Route[] {
  const at = '/repos/:owner/:repo/hooks';
  const docs = (name: string) => `repos/webhooks#${name}`;
  const ofHook = (call: Call) => {
    const { hook } = hookIn(call);
    return deliveries.list().filter((one) => one.hook === hook.id);
  };
  const ofApp = () => deliveries.list().filter((one) => one.hook === null);
  const repeat = (delivery: Delivery): Answer => {
    deliveries.again(delivery);
    return { status: 202, json: {} };
  };
  const ping = ({ hub, user }: Call, repo: Repo, hook: Hook) =>
    deliveries.send(hook, repo, 'ping', pingPayload(hub, shown(hub, repo, hook), hook.id, repo, user));
  return [
    {
      method: 'GET',
      path: at,
      docs: docs('list-repository-webhooks'),
      permission: 'repository_hooks=read',
      handle(call) {
        const repo = writableIn(call, 'admin');
        return paged(
          call,
          call.hub.hooks.filter((hook) => hook.repo === repo.id),
          (hook) => shown(call.hub, repo, hook),
        );
      },
    },
    {
      method: 'POST',
      path: at,
      docs: docs('create-a-repository-webhook'),
      permission: 'repository_hooks=write',
      handle(call) {
        const { hub, body } = call;
        const repo = writableIn(call, 'admin');
        if (body.name !== undefined && body.name !== 'web') throw invalid({ resource: 'Hook', code: 'custom', field: 'name', message: 'name must be web' });
        const now = stamp(hub);
        const hook: Hook = {
          id: hub.nextId(),
          repo: repo.id,
          active: body.active !== false,
          events: eventsIn(body.events, ['push']),
          config: configIn(hub, body.config, undefined),
          created_at: now,
          updated_at: now,
          last: { code: null, status: 'unused', message: null },
        };
        refuseTwins(hub, hook);
        hub.hooks.push(hook);
        if (hook.active) ping(call, repo, hook);
        const json = shown(hub, repo, hook);
        return { status: 201, headers: { location: json.url }, json };
      },
    },
    {
      method: 'GET',
      path: `${at}/:id`,
      docs: docs('get-a-repository-webhook'),
      permission: 'repository_hooks=read',
      handle(call) {
        const { repo, hook } = hookIn(call);
        return { status: 200, json: shown(call.hub, repo, hook) };
      },
    },
    {
      method: 'PATCH',
      path: `${at}/:id`,
      docs: docs('update-a-repository-webhook'),
      permission: 'repository_hooks=write',
      handle(call) {
        const { repo, hook } = hookIn(call);
        const { config, active, events, add_events: added, remove_events: removed } = call.body;
        const list = eventsIn(events, hook.events);
        const next: Hook = {
          ...hook,
          config: configIn(call.hub, config, hook.config),
          active: typeof active === 'boolean' ? active : hook.active,
          events: [...new Set([...list, ...eventsIn(added, [])])].filter((event) => !eventsIn(removed, []).includes(event)),
          updated_at: stamp(call.hub),
        };
        refuseTwins(call.hub, next);
        Object.assign(hook, next);
        return { status: 200, json: shown(call.hub, repo, hook) };
      },
    },
    {
      method: 'DELETE',
      path: `${at}/:id`,
      docs: docs('delete-a-repository-webhook'),
      permission: 'repository_hooks=write',
      handle(call) {
        const { hook } = hookIn(call);
        call.hub.hooks = call.hub.hooks.filter((one) => one !== hook);
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: `${at}/:id/pings`,
      docs: docs('ping-a-repository-webhook'),
      permission: 'repository_hooks=read',
      handle(call) {
        const { repo, hook } = hookIn(call);
        ping(call, repo, hook);
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: `${at}/:id/deliveries`,
      docs: docs('list-deliveries-for-a-repository-webhook'),
      permission: 'repository_hooks=read',
      handle: (call) => listDeliveries(call, ofHook(call)),
    },
    {
      method: 'GET',
      path: `${at}/:id/deliveries/:delivery`,
      docs: docs('get-a-delivery-for-a-repository-webhook'),
      permission: 'repository_hooks=read',
      handle: (call) => ({ status: 200, json: whole(deliveryIn(call, ofHook(call))) }),
    },
    {
      method: 'POST',
      path: `${at}/:id/deliveries/:delivery/attempts`,
      docs: docs('redeliver-a-delivery-for-a-repository-webhook'),
      permission: 'repository_hooks=write',
      handle: (call) => repeat(deliveryIn(call, ofHook(call))),
    },
    {
      method: 'GET',
      path: '/app/hook/config',
      docs: 'apps/webhooks#get-a-webhook-configuration-for-an-app',
      who: 'app',
      handle: ({ hub }) => ({ status: 200, json: appConfig(hub.app) }),
    },
    {
      method: 'PATCH',
      path: '/app/hook/config',
      docs: 'apps/webhooks#update-a-webhook-configuration-for-an-app',
      who: 'app',
      handle({ hub, body }) {
        if (body.url !== undefined && !URL.canParse(written(body.url)))
          throw new ApiError(422, 'Validation Failed', { errors: ['Hook url is not a valid URL'] });
        const { url, secret, content_type, insecure_ssl } = body;
        Object.assign(hub.app.webhook, {
          ...(typeof url === 'string' ? { url } : {}),
          ...(typeof secret === 'string' ? { secret } : {}),
          ...(content_type === 'json' || content_type === 'form' ? { content_type } : {}),
          ...(insecure_ssl === undefined ? {} : { insecure_ssl: written(insecure_ssl) }),
        });
        return { status: 200, json: appConfig(hub.app) };
      },
    },
    {
      method: 'GET',
      path: '/app/hook/deliveries',
      docs: 'apps/webhooks#list-deliveries-for-an-app-webhook',
      who: 'app',
      handle: (call) => listDeliveries(call, ofApp()),
    },
    {
      method: 'GET',
      path: '/app/hook/deliveries/:delivery',
      docs: 'apps/webhooks#get-a-delivery-for-an-app-webhook',
      who: 'app',
      handle: (call) => ({ status: 200, json: whole(deliveryIn(call, ofApp())) }),
    },
    {
      method: 'POST',
      path: '/app/hook/deliveries/:delivery/attempts',
      docs: 'apps/webhooks#redeliver-a-delivery-for-an-app-webhook',
      who: 'app',
      handle: (call) => repeat(deliveryIn(call, ofApp())),
    },
  ];
}
