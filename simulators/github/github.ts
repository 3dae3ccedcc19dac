import { type Answer, send } from '../http/answer.ts';
import { type Clock, createClock } from '../http/clock.ts';
import { answerControl } from '../http/control.ts';
import { createDescriptionCheck, described } from '../http/description.ts';
import { FaultQueue } from '../http/faults.ts';
import { listenOnBoth } from '../http/listen.ts';
import { RequestLog } from '../http/request-log.ts';
import { Router } from '../http/router.ts';
import { appRoutes } from './apps.ts';
import { answerContent } from './attachments.ts';
import type { Route } from './call.ts';
import { commentRoutes } from './comments.ts';
import { createControl, type GithubControl } from './control.ts';
import { createDeliveries } from './deliveries.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { githubDescription } from './description.ts';
import { historyRoutes } from './history-routes.ts';
import { hookRoutes } from './hooks.ts';
import { createHub, type Hub, type Settings } from './hub.ts';
import { issueRoutes } from './issues.ts';
import { appKeys } from './jwt.ts';
import { labelRoutes } from './labels.ts';
import { createLimits, type LimitSettings } from './limits.ts';
import { answerPage } from './pages.ts';
import { repoRoutes } from './repos.ts';
import { createSearchIndex, searchRoutes } from './search.ts';
import { type SeedName, seedIssues, seedPeople, TOKENS } from './seeds.ts';
import { type Desk, handle } from './server.ts';

export interface GithubOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Port of the origin that private files are served from; default any free one. */
  contentPort?: number;
  /** Name the server listens on; default 127.0.0.1. */
  host?: string;
  /** What it holds at the start; default `empty`: people and repositories, no issues. */
  seed?: SeedName;
  clock?: Clock;
  settings?: Partial<Settings>;
  /** Default: those of github.com. */
  limits?: Partial<LimitSettings> | 'off';
  latencyMs?: number;
  /** Default true. */
  agentPage?: boolean;
  /** Holds every request and answer against the vendor's description. Default: where a test run counts them. `uncounted`: and keeps it out of that count. */
  validate?: boolean | 'uncounted';
}

export interface GithubSim {
  /** Origin: pages for people and pasted files, as `https://github.com`. */
  url: string;
  /** Where the API is: `URL/api/v3`, as on a GitHub of one's own. */
  apiUrl: string;
  /** Origin of private files. */
  contentUrl: string;
  /** The service account, an administrator of the repositories, its fine-grained token, and a classic one with the scope `repo`. */
  credentials: { login: string; token: string; classicToken: string };
  /** The App, installed at `acme` for all its repositories. The key is made when it is asked for. */
  app: { id: number; clientId: string; slug: string; installationId: number; webhookSecret: string; readonly privateKey: string };
  hub: Hub;
  control: GithubControl;
  stop(): Promise<void>;
}

/** Starts a simulated GitHub. Rejects when a port is taken. */
export async function startGithub(options: GithubOptions = {}): Promise<GithubSim> {
  const clock = options.clock ?? createClock();
  const hub = createHub(clock, options.settings ?? {});
  const leaks = { count: 0 };
  const limits = createLimits(clock, options.limits ?? {});
  const router = new Router<Route>();
  const deliveries = createDeliveries(hub);
  const routes = [
    ...repoRoutes,
    ...issueRoutes,
    ...commentRoutes,
    ...labelRoutes,
    ...historyRoutes,
    ...appRoutes,
    ...hookRoutes(deliveries),
    ...deliveryRoutes(deliveries),
    ...searchRoutes(createSearchIndex(hub), limits),
  ];
  for (const route of routes) router.add(route.method, route.path, route);

  const desk: Desk = {
    hub,
    router,
    limits,
    faults: new FaultQueue(),
    log: new RequestLog(),
    check: (options.validate ?? described()) ? await createDescriptionCheck(githubDescription(routes)) : undefined,
    latency: { fixedMs: options.latencyMs ?? 0, jitterMs: 0 },
    answerPage: async (req, url) => (options.agentPage === false ? undefined : answerPage(hub, req, url)),
    answerControl: (req, path): Promise<Answer> => answerControl(control, req, path),
  };
  const control = createControl(desk, deliveries, leaks);
  const [server, content] = await listenOnBoth(
    { host: options.host, port: options.port, filesPort: options.contentPort },
    (req, res) => handle(desk, req, res),
    (req, res) =>
      send(
        res,
        answerContent(hub, req, () => {
          leaks.count += 1;
        }),
      ),
  );
  hub.url = server.url;
  hub.apiUrl = `${server.url}/api/v3`;
  hub.contentUrl = content.url;
  seedPeople(hub);
  if (options.seed === 'web') seedIssues(hub);

  return {
    url: hub.url,
    apiUrl: hub.apiUrl,
    contentUrl: hub.contentUrl,
    credentials: { login: 'entente-bot', token: TOKENS.fineGrained, classicToken: TOKENS.classic },
    app: {
      id: hub.app.id,
      clientId: hub.app.clientId,
      slug: hub.app.slug,
      installationId: hub.installations[0]?.id ?? 0,
      webhookSecret: hub.app.webhook.secret,
      get privateKey() {
        return appKeys().privateKey;
      },
    },
    hub,
    control,
    async stop() {
      deliveries.stop();
      if (options.validate !== 'uncounted') desk.check?.report();
      await Promise.all([server.close(), content.close()]);
    },
  };
}
