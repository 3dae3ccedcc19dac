import { isMaintainer } from './access.ts';
import { type Call, projectIn, type Route } from './call.ts';
import { badParameter, forbidden, invalid, notFound } from './errors.ts';
import type { Hook, Project } from './model.ts';
import { paged } from './paging.ts';
import { presentHook } from './present.ts';
import { timestamp } from './site.ts';

const all = '/api/v4/projects/:id/hooks';
/** With what the vendor sets when nothing is said. */
const EVENTS: Record<string, boolean> = {
  push_events: true,
  issues_events: false,
  confidential_issues_events: false,
  note_events: false,
  confidential_note_events: false,
  merge_requests_events: false,
  tag_push_events: false,
  job_events: false,
  pipeline_events: false,
  wiki_page_events: false,
  deployment_events: false,
  releases_events: false,
};

/** Webhooks of a project, for its maintainers. */
export const hookRoutes: Route[] = [
  {
    method: 'GET',
    path: all,
    handle(call) {
      const project = maintained(call);
      const hooks = call.site.hooks.filter((hook) => hook.project_id === project.id);
      return paged(call, hooks, (hook) => presentHook(call.site, hook));
    },
  },
  {
    method: 'POST',
    path: all,
    handle(call) {
      const project = maintained(call);
      if (call.body.url === undefined) throw badParameter('url is missing');
      const hook: Hook = {
        id: call.site.nextId(),
        project_id: project.id,
        url: '',
        name: null,
        description: null,
        token: null,
        signing_token: null,
        events: { ...EVENTS },
        enable_ssl_verification: true,
        created_at: timestamp(call.site),
        failures: 0,
        disabledUntil: null,
        disabled: false,
      };
      change(call, hook);
      call.site.hooks.push(hook);
      return { status: 201, json: presentHook(call.site, hook) };
    },
  },
  { method: 'GET', path: `${all}/:hook`, handle: (call) => ({ status: 200, json: presentHook(call.site, hookIn(call)) }) },
  {
    method: 'PUT',
    path: `${all}/:hook`,
    handle(call) {
      const hook = hookIn(call);
      change(call, hook);
      return { status: 200, json: presentHook(call.site, hook) };
    },
  },
  {
    method: 'DELETE',
    path: `${all}/:hook`,
    handle(call) {
      const hook = hookIn(call);
      call.site.hooks = call.site.hooks.filter((other) => other !== hook);
      return { status: 204 };
    },
  },
];

function maintained(call: Call): Project {
  const project = projectIn(call);
  if (!isMaintainer(project, call.user)) throw forbidden();
  return project;
}

function hookIn(call: Call): Hook {
  const project = maintained(call);
  const hook = call.site.hooks.find((one) => one.id === Number(call.params.hook) && one.project_id === project.id);
  if (!hook) throw notFound();
  return hook;
}

function change({ body, site }: Call, hook: Hook): void {
  if (body.url !== undefined) {
    if (typeof body.url !== 'string' || !/^https?:\/\/[^\s/]/.test(body.url)) throw invalid({ url: ['is blocked: Only allowed schemes are http, https'] });
    hook.url = body.url;
  }
  if (typeof body.name === 'string') hook.name = body.name;
  if (typeof body.description === 'string') hook.description = body.description;
  if (typeof body.token === 'string') hook.token = body.token === '' ? null : body.token;
  if (typeof body.enable_ssl_verification === 'boolean') hook.enable_ssl_verification = body.enable_ssl_verification;
  for (const [name, value] of Object.entries(body)) if (name in hook.events) hook.events[name] = value === true || value === 'true';
  // Where the server does not know it, it is ignored without a word.
  if (typeof body.signing_token === 'string' && site.settings.webhookSigning) {
    const key = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(body.signing_token)?.[1];
    if (Buffer.from(key ?? '', 'base64').length !== 32) throw invalid({ signing_token: ['must be in the format whsec_<base64 of 32 bytes>'] });
    hook.signing_token = body.signing_token;
  }
}
