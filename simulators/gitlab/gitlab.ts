import type { Answer } from '../http/answer.ts';
import { send } from '../http/answer.ts';
import { type Clock, createClock } from '../http/clock.ts';
import { answerControl } from '../http/control.ts';
import { createDescriptionCheck, type DescriptionSource, described } from '../http/description.ts';
import { FaultQueue } from '../http/faults.ts';
import { listenOnBoth } from '../http/listen.ts';
import { RequestLog } from '../http/request-log.ts';
import { Router } from '../http/router.ts';
import type { Route } from './call.ts';
import { createControl, type GitlabControl } from './control.ts';
import { createDeliveries } from './deliveries.ts';
import { hookRoutes } from './hooks.ts';
import { issueRoutes } from './issues.ts';
import { createLimits, type LimitSettings } from './limits.ts';
import { noteRoutes } from './notes.ts';
import { answerPage } from './pages.ts';
import { projectRoutes } from './projects.ts';
import { type SeedName, seed } from './seeds.ts';
import { type Desk, handle } from './server.ts';
import { createSite, type Settings, type Site } from './site.ts';
import { answerUpload, uploadRoutes } from './uploads.ts';

export interface GitlabOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Port of the origin that redirected files are served from; default any free one. */
  storagePort?: number;
  /** Name the server listens on; default 127.0.0.1. */
  host?: string;
  /** What it holds at the start; default `empty`: people and projects, no issues. */
  seed?: SeedName;
  clock?: Clock;
  settings?: Partial<Settings>;
  /** Default: GitLab.com's. */
  limits?: Partial<LimitSettings> | 'off';
  latencyMs?: number;
  /** Default true. */
  agentPage?: boolean;
  /** There is no description of this API to check against: a test run that counts such checks is told so. `uncounted`: it is not. */
  validate?: boolean | 'uncounted';
}

export interface GitlabSim {
  url: string;
  /** What a connector signs in with. */
  credentials: { username: string; token: string };
  site: Site;
  control: GitlabControl;
  stop(): Promise<void>;
}

/** In place of a vendor's description. */
const DESCRIPTION: DescriptionSource = {
  vendor: 'gitlab',
  load: () => ({ absent: 'no description at hand: held against the client @gitbeaker/rest instead' }),
  corrections: [],
  undescribed: [],
  beyond: [],
};

/** Starts a simulated GitLab. Rejects when the port is taken. */
export async function startGitlab(options: GitlabOptions = {}): Promise<GitlabSim> {
  const clock = options.clock ?? createClock();
  const site = createSite(clock, options.settings ?? {});
  const deliveries = createDeliveries(site);
  const leaks = { count: 0 };
  const router = new Router<Route>();
  for (const route of [...projectRoutes, ...issueRoutes, ...noteRoutes, ...uploadRoutes, ...hookRoutes]) router.add(route.method, route.path, route);

  const desk: Desk = {
    site,
    router,
    limits: createLimits(clock, options.limits ?? {}),
    faults: new FaultQueue(),
    log: new RequestLog(),
    check: (options.validate ?? described()) ? await createDescriptionCheck(DESCRIPTION) : undefined,
    latency: { fixedMs: options.latencyMs ?? 0, jitterMs: 0 },
    answerPage: async (req, url) => (options.agentPage === false ? undefined : answerPage(site, req, url)),
    answerControl: (req, path): Promise<Answer> => answerControl(control, req, path),
  };
  const control = createControl(desk, deliveries, leaks);
  const [server, storage] = await listenOnBoth(
    { host: options.host, port: options.port, filesPort: options.storagePort },
    (req, res) => handle(desk, req, res),
    // Where redirected downloads lead: another origin, as object storage is.
    (req, res) => {
      if (req.headers['private-token'] !== undefined || req.headers.authorization !== undefined) leaks.count += 1;
      const [secret, name] = (req.url ?? '').split('/').slice(-2);
      const upload = site.uploads.find((one) => one.secret === secret && one.filename === decodeURIComponent(name ?? ''));
      const direct = { ...site, settings: { ...site.settings, redirectDownloads: false } };
      return send(res, upload ? answerUpload(direct, upload) : { status: 404, text: 'NoSuchKey' });
    },
  );
  site.url = server.url;
  site.storageUrl = storage.url;
  const token = 'glpat-entente-simulated';
  seed(site, options.seed ?? 'empty', token);

  return {
    url: server.url,
    credentials: { username: 'entente', token },
    site,
    control,
    async stop() {
      deliveries.stop();
      if (options.validate !== 'uncounted') desk.check?.report();
      await Promise.all([server.close(), storage.close()]);
    },
  };
}
