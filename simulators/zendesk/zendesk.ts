import type { Answer } from '../http/answer.ts';
import { send } from '../http/answer.ts';
import { type Clock, createClock } from '../http/clock.ts';
import { answerControl } from '../http/control.ts';
import { createDescriptionCheck, described } from '../http/description.ts';
import { FaultQueue } from '../http/faults.ts';
import { listenOnBoth } from '../http/listen.ts';
import { RequestLog } from '../http/request-log.ts';
import { Router } from '../http/router.ts';
import { type Account, addUser, createAccount, type Settings, userByEmail } from './account.ts';
import { answerAgentPage } from './agent-page.ts';
import { appRoutes } from './apps.ts';
import type { Route } from './call.ts';
import { catalogueRoutes } from './catalogue.ts';
import { commentRoutes } from './comments.ts';
import { createControl, type ZendeskControl } from './control.ts';
import { createDeliveries } from './deliveries.ts';
import { zendeskDescription } from './description.ts';
import { createFileShelf } from './files.ts';
import { createIdempotencyKeys } from './idempotency.ts';
import { incrementalRoutes } from './incremental.ts';
import { createLimits, type LimitSettings } from './limits.ts';
import type { Role } from './model.ts';
import { answerOAuth, oauthRoutes } from './oauth.ts';
import { createOAuth, type OAuthClient } from './oauth-tokens.ts';
import { peopleRoutes } from './people.ts';
import { createSearchIndex, searchRoutes } from './search.ts';
import { type SeedName, seed } from './seeds.ts';
import { type Desk, handle } from './server.ts';
import { ticketRoutes } from './tickets.ts';
import { answerFile, uploadRoutes } from './uploads.ts';
import { type WebhookBook, webhookRoutes } from './webhooks.ts';

export interface ZendeskOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Port of the origin that files are served from; default any free one. */
  contentPort?: number;
  /** Name the server listens on; default 127.0.0.1. */
  host?: string;
  /** Default `acme`. */
  subdomain?: string;
  /** What the account holds at the start; default `empty`: people, no tickets. */
  seed?: SeedName;
  /** Names; the first is the default brand. Default: as the seed says. */
  brands?: string[];
  /** More people than the seed has. */
  users?: { name: string; email: string; role: Role }[];
  /** API tokens; default `SUBDOMAIN-token`. */
  apiTokens?: string[];
  /** More OAuth clients than the seeded `entente`. `userEmail`: whom client_credentials act as, default the first administrator. */
  oauthClients?: (Omit<OAuthClient, 'userId'> & { userEmail?: string })[];
  clock?: Clock;
  settings?: Partial<Settings>;
  /** Default: the Enterprise plan's. */
  limits?: Partial<LimitSettings> | 'off';
  latencyMs?: number;
  /** Default true. */
  agentPage?: boolean;
  /** Holds every request and answer against the vendor's description. Default: where a test run counts them. `uncounted`: and keeps it out of that count. */
  validate?: boolean | 'uncounted';
}

export interface ZendeskSim {
  url: string;
  contentUrl: string;
  subdomain: string;
  /** The service account a connector signs in with, and its token. */
  credentials: { email: string; token: string };
  account: Account;
  control: ZendeskControl;
  stop(): Promise<void>;
}

/** Starts a simulated Zendesk account. Rejects when a port is taken. */
export async function startZendesk(options: ZendeskOptions = {}): Promise<ZendeskSim> {
  const subdomain = options.subdomain ?? 'acme';
  const clock = options.clock ?? createClock();
  const files = await createFileShelf();
  const account = createAccount({ subdomain, clock, files, brands: options.brands ?? brandsOf(options.seed, subdomain), settings: options.settings ?? {} });
  const oauth = createOAuth(clock);
  const book: WebhookBook = { webhooks: new Map(), secrets: new Map() };
  const deliveries = createDeliveries(account, book);
  const index = createSearchIndex(account);
  const leaks = { count: 0 };

  const router = new Router<Route>();
  const routes = [
    ...ticketRoutes(createIdempotencyKeys(clock)),
    ...commentRoutes,
    ...uploadRoutes,
    ...incrementalRoutes,
    ...peopleRoutes,
    ...catalogueRoutes,
    ...appRoutes,
    ...searchRoutes(index),
    ...webhookRoutes(book, deliveries),
    ...oauthRoutes(oauth),
  ];
  for (const route of routes) router.add(route.method, route.path, route);

  const desk: Desk = {
    account,
    oauth,
    router,
    limits: createLimits(clock, options.limits ?? {}),
    faults: new FaultQueue(),
    log: new RequestLog(),
    check: (options.validate ?? described()) ? await createDescriptionCheck(zendeskDescription()) : undefined,
    latency: { fixedMs: options.latencyMs ?? 0, jitterMs: 0 },
    answerPage: async (req, url) => (options.agentPage === false ? undefined : answerAgentPage(account, req, url)),
    answerOAuth: (req, url) => answerOAuth(account, oauth, req, url),
    answerControl: (req, path): Promise<Answer> => answerControl(control, req, path),
  };
  const control = createControl(desk, deliveries, leaks);

  const [api, content] = await listenOnBoth(
    { host: options.host, port: options.port, filesPort: options.contentPort },
    (req, res) => handle(desk, req, res),
    (req, res) =>
      send(
        res,
        answerFile(account, req, () => {
          leaks.count += 1;
        }),
      ),
  ).catch(async (error: unknown) => {
    await files.remove();
    throw error;
  });
  const close = async () => {
    await Promise.all([api.close(), content.close()]);
    await files.remove();
  };
  account.url = api.url;
  account.contentUrl = content.url;

  try {
    await seed(account, options.seed ?? 'empty');
    for (const user of options.users ?? []) addUser(account, user);
  } catch (error) {
    await close();
    throw error;
  }
  const token = options.apiTokens?.[0] ?? `${subdomain}-token`;
  for (const one of options.apiTokens ?? [token]) account.apiTokens.add(one);
  const email = `sync@${subdomain}.example`;
  const clients: NonNullable<ZendeskOptions['oauthClients']> = [
    {
      identifier: 'entente',
      name: 'Entente',
      secret: `${subdomain}-oauth-secret`,
      redirectUris: ['http://127.0.0.1:4700/oauth/callback', 'http://127.0.0.1:4701/oauth/callback'],
    },
    ...(options.oauthClients ?? []),
  ];
  for (const { userEmail, ...client } of clients)
    oauth.clients.set(client.identifier, { ...client, userId: userByEmail(account, userEmail ?? email)?.id ?? 0 });

  return {
    url: api.url,
    contentUrl: content.url,
    subdomain,
    credentials: { email, token },
    account,
    control,
    async stop() {
      deliveries.stop();
      if (options.validate !== 'uncounted') desk.check?.report();
      await close();
    },
  };
}

function brandsOf(seedName: SeedName | undefined, subdomain: string): string[] {
  const name = `${subdomain.charAt(0).toUpperCase()}${subdomain.slice(1)}`;
  return seedName === 'engineering' ? [`${name} Engineering`, `${name} Field Ops`] : [`${name} Support`];
}
