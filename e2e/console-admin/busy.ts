import { z } from 'zod';
import { connectors } from '../../src/connectors/index.ts';
import type { CheckView, EventView, ListedProblem, MemberView, Operations, PlatformView, RunView, TokenView } from '../../src/server/operations.ts';
import { ago, connection, globex, instance, place, twin } from '../console-connect/world.ts';

/** What a busy node answers, for the pages of its admins: long names, every state, many rows. */
export const platforms = (): PlatformView[] =>
  connectors.map((it) => ({
    id: it.id,
    name: it.name,
    nouns: { ...it.nouns },
    settings: z.toJSONSchema(it.settings, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>,
    secrets: [...(it.secrets as readonly string[])],
    logo: it.logo ?? null,
    help: [...(it.help ?? [])],
    app: it.app ? { install: [...it.app.install] } : null,
  }));

export const problem = (code: string, message: string, remedy: string, more: Partial<ListedProblem['problem']> = {}): ListedProblem['problem'] => ({
  level: 'twin',
  code,
  message,
  means: '',
  remedy,
  since: ago(42),
  attempts: 3,
  retryAt: null,
  ...more,
});
const AUTH = problem('tracker-auth', 'Redmine does not accept the API key.', 'Enter working credentials for the instance, then check it.', {
  level: 'instance',
});
const LONG =
  'The customer writes that the checkout of the shop fails for every third order when a voucher, a gift card and a delivery address abroad come together';

export const ACME = instance('acme', 'Acme Support', {
  connections: 2,
  notices: 'polling',
  noticesBecause: 'This node has no public https address (ENTENTE_URL), so the tracker cannot call it.',
  pollSeconds: 60,
  nodeUrl: 'https://sync.acme.example/acme',
});
export const GLOBEX = instance('globex-engineering', 'Globex Engineering, Web Shop and Customer Portal', {
  platform: 'redmine',
  platformName: 'Redmine',
  nouns: { entity: 'issue', entities: 'issues', scope: 'project' },
  url: 'https://redmine.globex.example/engineering',
  settings: { url: 'https://redmine.globex.example/engineering', textFormat: 'markdown', attachmentMaxKb: 5120 },
  secrets: ['apiKey'],
  notices: 'polling',
  status: 'stopped',
  problem: AUTH,
  connections: 1,
});
export const FIELD = instance('field', 'Field Service', { connections: 0, status: 'paused', pausedUntil: ago(-1) });

const CONNECTIONS = [
  connection('acme-globex', { name: 'Acme Support ↔ Globex Engineering', twins: 1204, problems: 2, lastSyncAt: ago(1) }),
  connection('acme-field', {
    name: 'Acme Support ↔ Field Service: everything that needs somebody on the road',
    status: 'deactivated',
    to: place('Field Service', { instance: 'field' }),
    twins: 31,
    lastSyncAt: ago(900),
  }),
  connection('globex-initech', {
    name: 'Globex ↔ Initech',
    from: globex({ instance: 'globex-engineering', remote: false, node: null }),
    to: place('Initech', { remote: true }),
    twins: 3,
    lastSyncAt: ago(5),
  }),
];

export const STOPPED = twin('t4', {
  summary: LONG,
  status: { state: 'stopped', sentence: 'Stopped: Redmine refused “Priority” (P0 is not in its list). Map it, or skip the field.', at: null },
  to: null,
  problem: problem(
    'tracker-rejected',
    'Redmine refused “Priority”: P0 is not in its list.',
    'Change the value on the other side or the rules of the tracker, then retry.',
    {
      means: 'The tracker refused a value.',
    },
  ),
});
const WAITING = twin('t5', {
  summary: 'VPN drops every hour',
  status: { state: 'waiting', sentence: 'Waiting: Acme Support allows more calls in 41 seconds.', at: ago(-1) },
  problem: problem('tracker-rate-limited', 'Acme Support allows no more calls for now.', 'Nothing: work on this instance goes on at the time given.', {
    retryAt: ago(-1),
  }),
});

/** Two people changed the same, and the trackers cannot hold everything alike. */
const DIFFERS = twin('t6', {
  status: { state: 'conflict', sentence: 'Both sides changed Priority and Summary.', at: null },
  conflicts: [
    { instance: 'acme', what: 'Priority', ours: 'urgent', theirs: 'Low' },
    { instance: 'acme', what: 'Summary', ours: LONG, theirs: 'Checkout fails' },
  ],
  differs: [
    { instance: 'globex', what: 'Description', reason: 'The tracker keeps at most 65,535 bytes: the text is shortened and ends with a link to the whole.' },
  ],
});

export const MEMBERS: MemberView[] = [
  { id: 'm1', name: 'Ada Operator', email: 'ada@acme.example', role: 'owner', joinedAt: ago(9000), joinUrl: null, expiresAt: null },
  {
    id: 'm2',
    name: 'Bartholomew Featherstonehaugh-Cholmondeley',
    email: 'bartholomew.featherstonehaugh-cholmondeley@support.acme.example',
    role: 'admin',
    joinedAt: ago(900),
    joinUrl: null,
    expiresAt: null,
  },
  { id: 'm3', name: null, email: 'new@acme.example', role: 'viewer', joinedAt: null, joinUrl: null, expiresAt: ago(-9000) },
];
export const TOKENS: TokenView[] = [
  { name: 'nightly report', instance: 'acme', role: 'viewer', createdAt: ago(9000), usedAt: ago(600), token: null },
  { name: 'provisioning of new teams and their trackers', instance: null, role: 'owner', createdAt: ago(50), usedAt: null, token: null },
];

const SENTENCES = [
  ['Grace Globex', 'there', 'connection-activated', 'Grace Globex confirmed the connection “Acme Support ↔ Globex Engineering”.', 'acme-globex'],
  [
    'Ada Operator',
    'here',
    'connection-initiated',
    'Ada Operator initiated the connection “Acme Support ↔ Globex Engineering” with https://redmine.globex.example.',
    'acme-globex',
  ],
  ['Ada Operator', 'here', 'member-added', 'Ada Operator made bartholomew.featherstonehaugh-cholmondeley@support.acme.example an admin of Acme Support.', null],
  ['Ada Operator', 'here', 'instance-added', 'Ada Operator added the instance Acme Support.', null],
] as const;
const event = (i: number): EventView => {
  const [by, where, action, sentence, of] = SENTENCES[i % SENTENCES.length] ?? SENTENCES[0];
  return { id: `e${i}`, at: ago(i * 47 + 3), by, where, action, sentence, connection: of, instance: 'acme' };
};

const run = (id: string, stage: RunView['stage'], minutes: number, more: Partial<RunView> = {}): RunView => ({
  id,
  instance: 'acme',
  instanceName: 'Acme Support',
  stage,
  trigger: 'poll',
  at: ago(minutes),
  ms: 148,
  rules: 'basic 1',
  changes: [],
  calls: [],
  problem: null,
  ...more,
});
export const RUNS: RunView[] = [
  run('r5', 'in-sync', 3),
  run('r4', 'applied', 3, {
    instance: 'globex',
    instanceName: 'Globex Engineering',
    trigger: 'peer',
    changes: [{ what: 'Summary', before: 'Checkout fails', after: 'Checkout fails for every third customer', decision: 'only the other side changed it' }],
    calls: [
      { instance: 'globex', method: 'PUT', path: '/issues/88.json', status: 204, ms: 61 },
      { instance: 'globex', method: 'GET', path: '/issues/88.json?include=journals,attachments', status: 200, ms: 38 },
    ],
  }),
  run('r3', 'sent', 3, { trigger: 'webhook' }),
  run('r2', 'captured', 3, {
    trigger: 'webhook',
    changes: [{ what: 'Summary', before: 'Checkout fails', after: 'Checkout fails for every third customer', decision: null }],
  }),
  run('r1', 'failed', 40, { problem: problem('tracker-unavailable', 'Redmine did not answer within 10 seconds.', 'Nothing: it is tried again by itself.') }),
];
const HOUR = Array.from({ length: 34 }, (_, i) => run(`h${i}`, i % 3 === 2 ? 'in-sync' : 'applied', (i * i) / 20));

export const CHECK: CheckView = {
  site: 'Acme Support',
  account: { id: '9', name: 'Entente Sync', email: 'sync@acme.example' },
  missing: [
    { permission: 'Administrator', consequence: 'Changes cannot be found: nothing that somebody changes here reaches the other side.' },
    { permission: 'Webhooks (read and write)', consequence: 'No webhook is registered: changes are noticed by polling, within a minute.' },
  ],
};

/** A node with three instances, as its operator sees it. */
export const busy = (): Partial<Operations> => ({
  node: async () => ({
    id: 'n1',
    version: '0.4.0',
    url: 'https://sync.acme.example',
    fingerprint: '7f3a 11c0 9be2 d4d5 0a61 88fe 2c90 b7e4',
    guard: null,
    user: {
      name: 'Ada Operator',
      email: 'ada@acme.example',
      operator: true,
      instances: [ACME, GLOBEX, FIELD].map(({ slug }) => ({ slug, role: 'owner' as const })),
      confinedTo: null,
    },
  }),
  platforms: async () => platforms(),
  instances: async () => [ACME, GLOBEX, FIELD],
  instance: async (slug) => [ACME, GLOBEX, FIELD].find((it) => it.slug === slug) ?? ACME,
  types: async () => ['question', 'incident', 'problem', 'task'].map((name) => ({ name, creatable: true })),
  tryInstance: async () => CHECK,
  checkInstance: async () => ({ ...CHECK, missing: [] }),
  connections: async () => CONNECTIONS,
  connection: async (name) => CONNECTIONS.find(({ slug }) => slug === name) ?? connection(name),
  connectionRuns: async () => HOUR,
  twins: async ({ urn }) => ({
    twins:
      urn === 'nosuch' ? [] : [twin('t1'), twin('t2', { summary: LONG, status: { state: 'syncing', sentence: 'Syncing now.', at: null } }), STOPPED, WAITING],
    next: null,
  }),
  twin: async (id) => (id === 't4' ? STOPPED : id === 't5' ? WAITING : id === 't6' ? DIFFERS : twin(id)),
  runs: async () => RUNS,
  problems: async () => [
    { problem: AUTH, connection: null, connectionName: null, instance: 'globex-engineering', twin: null },
    ...[STOPPED, WAITING].flatMap((it) =>
      it.problem ? [{ problem: it.problem, connection: it.connection, connectionName: it.connectionName, instance: null, twin: it }] : [],
    ),
  ],
  queue: async () => ({ waiting: 14, running: 2, oldestAt: ago(4) }),
  members: async () => MEMBERS,
  tokens: async () => TOKENS,
  events: async ({ after }) => ({
    events: Array.from({ length: 20 }, (_, i) => event(i + Number(after ?? 0))),
    next: after === '40' ? null : `${Number(after ?? 0) + 20}`,
  }),
});
