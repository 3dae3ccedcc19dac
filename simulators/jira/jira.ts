import { type Answer, send } from '../http/answer.ts';
import { type Clock, createClock } from '../http/clock.ts';
import { answerControl } from '../http/control.ts';
import { createDescriptionCheck, described } from '../http/description.ts';
import { FaultQueue } from '../http/faults.ts';
import { listenOnBoth } from '../http/listen.ts';
import { RequestLog } from '../http/request-log.ts';
import { Router } from '../http/router.ts';
import { answerAgentPage } from './agent-page.ts';
import { answerMedia, attachmentRoutes } from './attachments.ts';
import type { Route } from './call.ts';
import { catalogueRoutes } from './catalogue.ts';
import { commentRoutes } from './comments.ts';
import { createControl, type JiraControl } from './control.ts';
import { createDeliveries } from './deliveries.ts';
import { jiraDescription } from './description.ts';
import { loadDocumentSchema } from './documents.ts';
import { issueRoutes } from './issues.ts';
import { createLimits, type LimitSettings } from './limits.ts';
import { createOAuth, type OAuthClient } from './oauth.ts';
import { propertyRoutes } from './properties.ts';
import { searchRoutes } from './search.ts';
import { type SeedName, seed } from './seeds.ts';
import { type Desk, handle } from './server.ts';
import { createSite, type Deployment, type Settings, type Site } from './site.ts';
import { type Webhook, webhookRoutes } from './webhooks.ts';

export interface JiraOptions {
  /** Default `cloud`. */
  deployment?: Deployment;
  /** Default 0: any free port. */
  port?: number;
  /** Port of the media service, Cloud's origin of files; default any free one. */
  mediaPort?: number;
  /** Name the server listens on; default 127.0.0.1. */
  host?: string;
  /** What the site holds at the start; default `empty`: people and projects, no issues. */
  seed?: SeedName;
  /** More OAuth apps than the seeded `entente`. */
  oauthClients?: OAuthClient[];
  clock?: Clock;
  settings?: Partial<Settings>;
  /** Default: Cloud's; Data Center has none. */
  limits?: Partial<LimitSettings> | 'off';
  latencyMs?: number;
  /** Default true. */
  agentPage?: boolean;
  /** Holds every exchange with Cloud against the vendor's description. Default: where a test run counts them. `uncounted`: and keeps it out of that count. */
  validate?: boolean | 'uncounted';
}

export interface JiraSim {
  /** Origin of the site, of OAuth (`/authorize`, `/oauth/token`) and of the gateway (`/ex/jira/CLOUD-ID`). */
  url: string;
  /** Origin of Cloud's files. */
  mediaUrl: string;
  cloudId: string;
  /** The service account, an administrator: an API token in Cloud, a personal access token in Data Center. */
  credentials: { email: string; token: string };
  oauthClient: OAuthClient;
  site: Site;
  control: JiraControl;
  stop(): Promise<void>;
}

/** Starts a simulated Jira. Rejects when a port is taken. */
export async function startJira(options: JiraOptions = {}): Promise<JiraSim> {
  const clock = options.clock ?? createClock();
  const deployment = options.deployment ?? 'cloud';
  const site = createSite(deployment, clock, options.settings ?? {});
  const webhooks: Webhook[] = [];
  const leaks = { count: 0 };
  const oauth = createOAuth();
  const oauthClient: OAuthClient = { id: 'entente', secret: 'acme-oauth-secret', name: 'Entente', redirectUri: 'http://127.0.0.1:4700/oauth/callback' };
  oauth.clients.push(oauthClient, ...(options.oauthClients ?? []));
  await loadDocumentSchema();

  const router = new Router<Route>();
  const root = site.cloud ? '/rest/api/3' : '/rest/api/2';
  const routes = [
    ...issueRoutes,
    ...commentRoutes,
    ...attachmentRoutes,
    ...propertyRoutes,
    ...catalogueRoutes,
    ...searchRoutes,
    ...webhookRoutes(site, webhooks),
  ];
  for (const route of routes) {
    if (route.only !== undefined && route.only !== deployment) continue;
    router.add(route.method, /^\/(rest|secure)\//.test(route.path) ? route.path : root + route.path, route);
  }

  const deliveries = createDeliveries(site, webhooks);
  const desk: Desk = {
    site,
    oauth,
    router,
    limits: createLimits(clock, options.limits ?? (site.cloud ? {} : 'off')),
    faults: new FaultQueue(),
    log: new RequestLog(),
    check: site.cloud && (options.validate ?? described()) ? await createDescriptionCheck(jiraDescription()) : undefined,
    latency: { fixedMs: options.latencyMs ?? 0, jitterMs: 0 },
    answerPage: async (req, url) => (options.agentPage === false ? undefined : answerAgentPage(site, req, url)),
    answerControl: (req, path): Promise<Answer> => answerControl(control, req, path),
  };
  const control = createControl(desk, deliveries, webhooks, leaks);
  const [api, media] = await listenOnBoth(
    { host: options.host, port: options.port, filesPort: options.mediaPort },
    (req, res) => handle(desk, req, res),
    (req, res) =>
      send(
        res,
        answerMedia(site, req, () => {
          leaks.count += 1;
        }),
      ),
  );
  site.url = api.url;
  site.mediaUrl = media.url;
  seed(site, options.seed ?? 'empty');

  return {
    url: api.url,
    mediaUrl: media.url,
    cloudId: site.cloudId,
    credentials: { email: 'sync@acme.example', token: 'acme-token' },
    oauthClient,
    site,
    control,
    async stop() {
      deliveries.stop();
      if (options.validate !== 'uncounted') desk.check?.report();
      await Promise.all([api.close(), media.close()]);
    },
  };
}
