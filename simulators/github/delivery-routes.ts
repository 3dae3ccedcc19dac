import type { Answer } from '../http/answer.ts';
import type { Call, Route } from './call.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { ApiError, notFound } from './errors.ts';
import { hookIn } from './hook-input.ts';
import type { App } from './model.ts';
import { pageOf } from './paging.ts';
import { written } from './values.ts';

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

/** What was sent to the webhooks of repositories and to the App's, and that one's settings. */
export function deliveryRoutes(deliveries: Deliveries): Route[] {
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
  return [
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
