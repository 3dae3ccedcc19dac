import { type Call, type Route, writableIn } from './call.ts';
import type { Deliveries } from './deliveries.ts';
import { invalid } from './errors.ts';
import { configIn, eventsIn, hookIn, refuseTwins } from './hook-input.ts';
import { type Hub, stamp } from './hub.ts';
import type { Hook, Repo } from './model.ts';
import { paged } from './paging.ts';
import { pingPayload, presentHook } from './payloads.ts';
import { repoUrl } from './present-user.ts';

const shown = (hub: Hub, repo: Repo, hook: Hook) => presentHook(repoUrl(hub, repo), hook);

/** Webhooks of repositories: administrators only. */
export function hookRoutes(deliveries: Deliveries): Route[] {
  const at = '/repos/:owner/:repo/hooks';
  const docs = (name: string) => `repos/webhooks#${name}`;
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
  ];
}
