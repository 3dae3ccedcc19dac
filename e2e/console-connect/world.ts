import { fileURLToPath } from 'node:url';
import { logo as redmine } from '../../src/connectors/redmine/logo.ts';
import { logo as zendesk } from '../../src/connectors/zendesk/logo.ts';
import { EntenteError } from '../../src/core/errors.ts';
import { createApp } from '../../src/server/app.ts';
import type { Caller } from '../../src/server/authentication.ts';
import type { ConnectionView, InstanceView, Operations, PlaceView, ProgressView, TwinView } from '../../src/server/operations.ts';

/**
 * The real server, its routes and schemas, and the built console, before operations that answer what a test wants: every state of a page can be had,
 * and an answer that the real API could not give is refused by its schema.
 */
export interface World {
  readonly url: string;
  /** What the API answers from now on, beside the defaults. */
  set(operations: Partial<Operations>): void;
  /** Back to the defaults. */
  reset(): void;
  signIn(signedIn: boolean): void;
  /** As if something had happened: open pages ask again. */
  changed(twin?: string): void;
  stop(): Promise<void>;
}

const now = Date.now();
export const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
const TICKETS = { entity: 'ticket', entities: 'tickets', scope: 'brand' };
const ISSUES = { entity: 'issue', entities: 'issues', scope: 'project' };

export const instance = (slug: string, name: string, more: Partial<InstanceView> = {}): InstanceView => ({
  slug,
  name,
  platform: 'zendesk',
  platformName: 'Zendesk',
  nouns: TICKETS,
  url: `https://${slug}.zendesk.example`,
  defaultType: null,
  settings: {},
  secrets: ['auth'],
  status: 'working',
  pausedUntil: null,
  problem: null,
  notices: 'webhook',
  noticesBecause: null,
  pollSeconds: 300,
  polledAt: ago(1),
  createdAt: ago(9000),
  nodeUrl: `https://sync.acme.example/${slug}`,
  reach: 'public',
  whoMayConnect: 'anyone',
  allowList: [],
  timeZone: 'Europe/Berlin',
  role: 'owner',
  connections: 0,
  ...more,
});

export const place = (name: string, more: Partial<PlaceView> = {}): PlaceView => ({
  instance: name.toLowerCase().split(' ')[0] ?? name,
  remote: false,
  node: null,
  state: { status: 'active', by: 'Ada Operator', at: ago(4000) },
  setUpBy: 'Ada Operator',
  instanceName: name,
  platform: 'zendesk',
  platformName: 'Zendesk',
  nouns: TICKETS,
  url: `https://${name.toLowerCase().replace(/[^a-z]+/g, '-')}.zendesk.example`,
  scope: null,
  ...more,
});
export const globex = (more: Partial<PlaceView> = {}): PlaceView =>
  place('Globex Engineering', {
    remote: true,
    node: { id: 'n2', url: 'https://sync.globex.example', version: '0.4.0' },
    state: { status: 'active', by: 'Grace Globex', at: ago(3990) },
    setUpBy: 'Grace Globex',
    platform: 'redmine',
    platformName: 'Redmine',
    nouns: ISSUES,
    url: 'https://redmine.globex.example',
    scope: { id: '7', name: 'Web shop' },
    ...more,
  });

const RULES = [
  'Summary, description, comments and attachments go both ways between Acme Support and Globex Engineering (Web shop).',
  'A ticket keeps its type where the other side has one of the same name; otherwise it gets the default type of that side.',
  'All comments, public and internal, arrive as public, with their author’s name.',
  'If both sides change the same thing at once, Acme Support decides, and the timeline says so.',
  'An entity comes under sync when somebody asks for it, by its URN.',
];

export const connection = (slug: string, more: Partial<ConnectionView> = {}): ConnectionView => ({
  slug,
  name: 'Acme Support ↔ Globex Engineering',
  description: '',
  mode: 'basic',
  status: 'active',
  from: place('Acme Support'),
  to: globex(),
  pending: null,
  role: 'owner',
  twins: 0,
  problems: 0,
  problem: null,
  lastSyncAt: null,
  createdAt: ago(4000),
  rules: RULES,
  ...more,
});

/** Nobody has accepted yet. */
export const pending = (slug: string, path: 'admin' | 'invitation', more: Partial<ConnectionView> = {}): ConnectionView =>
  connection(slug, {
    status: 'pending',
    from: place('Acme Support', { state: { status: 'pending', by: null, at: null } }),
    to: null,
    pending: { path, expiresAt: ago(path === 'admin' ? -24 : -9000), expired: false, destination: 'https://redmine.globex.example' },
    createdAt: ago(6),
    ...more,
  });

export const twin = (id: string, more: Partial<TwinView> = {}): TwinView => ({
  id,
  connection: 'acme-globex',
  connectionName: 'Acme Support ↔ Globex Engineering',
  summary: 'Checkout fails for every third customer',
  status: { state: 'in-sync', sentence: 'In sync since 12:04.', at: ago(3) },
  from: {
    instance: 'acme',
    instanceName: 'Acme Support',
    platform: 'zendesk',
    platformName: 'Zendesk',
    urn: '4711',
    url: 'https://acme.zendesk.example/agent/tickets/4711',
  },
  to: {
    instance: 'globex',
    instanceName: 'Globex Engineering',
    platform: 'redmine',
    platformName: 'Redmine',
    urn: '88',
    url: 'https://redmine.globex.example/issues/88',
  },
  problem: null,
  differs: [],
  degraded: [],
  conflicts: [],
  createdAt: ago(30),
  inSyncAt: ago(3),
  ...more,
});

const STAGES = ['captured', 'sent', 'received', 'applied', 'in-sync'] as const;
export const progress = (reached: number): ProgressView => ({
  twin: twin('t1', reached < 5 ? { status: { state: 'syncing', sentence: 'Syncing.', at: null }, ...(reached < 4 ? { to: null } : {}) } : {}),
  stages: STAGES.map((stage, i) => ({ stage, at: i < reached ? ago(0) : null, ms: i < reached ? 40 + i * 85 : null })),
  settled: reached === 5,
});

const caller: Caller = { user: 'u1', name: 'Ada Operator', email: 'ada@acme.example', operator: true, roles: {}, confinedTo: null };

const PLATFORM = { settings: {}, secrets: [], help: [], app: null };

export async function startWorld(): Promise<World> {
  const listeners = new Set<(twin: string | null) => void>();
  const defaults: Partial<Operations> = {
    node: async () => ({
      id: 'n1',
      version: '0.4.0',
      url: 'https://sync.acme.example',
      fingerprint: '7f3a 11c0 9be2 d4d5',
      guard: null,
      user: { name: caller.name, email: caller.email ?? '', operator: true, instances: [{ slug: 'acme', role: 'owner' }], confinedTo: null },
    }),
    platforms: async () => [
      { ...PLATFORM, id: 'zendesk', name: 'Zendesk', nouns: TICKETS, logo: zendesk },
      { ...PLATFORM, id: 'redmine', name: 'Redmine', nouns: ISSUES, logo: redmine },
    ],
    instances: async () => [instance('acme', 'Acme Support')],
    instance: async (slug) => instance(slug, 'Acme Support'),
    scopes: async () => [{ id: '1', name: 'Acme Support' }],
    connections: async () => [],
    connection: async (name) => {
      throw new EntenteError('unknown-connection', `There is no connection named ${name}.`);
    },
    twins: async () => ({ twins: [], next: null }),
    twin: async (id) => twin(id),
    problems: async () => [],
    queue: async () => ({ waiting: 0, running: 0, oldestAt: null }),
    events: async () => ({ events: [], next: null }),
    connectionRuns: async () => [],
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  let given: Partial<Operations> = {};
  let signedIn = true;
  const operations = new Proxy({} as Operations, {
    get: (_, name: keyof Operations) => {
      const found = given[name] ?? defaults[name];
      return (
        found ??
        (async () => {
          throw new EntenteError('internal', `This world does not answer ${name}.`);
        })
      );
    },
  });
  const origins: string[] = [];
  const app = await createApp({
    operations: {
      as: () => operations,
      notice: async () => 'unknown',
      ready: async () => {},
      joining: async () => Promise.reject(new EntenteError('not-found')),
      join: async () => Promise.reject(new EntenteError('not-found')),
    },
    authentication: { bySession: async () => (signedIn ? caller : null), byToken: async () => null, hasOwner: async () => true, origins },
    url: 'https://sync.acme.example',
    version: '0.4.0',
    console: fileURLToPath(new URL('../../console/dist', import.meta.url)),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  origins.push(url);
  return {
    url,
    set: (more) => {
      given = { ...given, ...more };
    },
    reset: () => {
      given = {};
      signedIn = true;
    },
    signIn: (value) => {
      signedIn = value;
    },
    changed: (id) => {
      for (const listener of listeners) listener(id ?? null);
    },
    stop: () => app.close(),
  };
}
