import type { CheckView, ConsentView, InvitationView, LookupView, ProblemView, ProposalView, RunView } from '../../src/server/operations.ts';
import { ago, connection, globex, instance, pending, twin } from './world.ts';

/** What the API answers in the scenes: one partner with a tracker of another kind, on a node of its own. */
const ISSUES = { entity: 'issue', entities: 'issues', scope: 'project' };
export const BRANDS = [
  { id: '1', name: 'Acme Support' },
  { id: '2', name: 'Acme Outdoor' },
];
export const CODE = `entente.1.${'eyJ2IjoxLCJuIjoiQWNtZSBTdXBwb3J0IOKGlCBHbG9iZXgiLCJtIjoiYmFzaWMiLCJmIjp7InMiOiJhY21lIn19'.repeat(6)}.q0uXJm0qk2`;

export const found = (more: Partial<LookupView> = {}): LookupView => ({
  url: 'https://redmine.globex.example',
  where: 'other-node',
  node: { url: 'https://sync.globex.example', version: '0.4.0' },
  destination: {
    name: 'Globex Engineering',
    slug: 'globex',
    platform: 'redmine',
    platformName: 'Redmine',
    nouns: ISSUES,
    url: 'https://redmine.globex.example',
  },
  modes: [
    { mode: 'basic', available: true, reason: null },
    { mode: 'visual', available: false, reason: 'Visual mode is not part of this version of Entente yet.' },
    { mode: 'script', available: false, reason: 'Script mode is not part of this version of Entente yet.' },
  ],
  admin: { available: true, reason: null },
  invitation: { available: true, reason: null },
  ...more,
});

export const proposal = (more: Partial<ProposalView> = {}): ProposalView => ({
  name: 'Acme Support ↔ Globex Engineering',
  description: 'Bugs that customers report, where engineers see them.',
  mode: 'basic',
  from: {
    name: 'Globex Engineering',
    slug: 'globex',
    platform: 'redmine',
    platformName: 'Redmine',
    nouns: ISSUES,
    url: 'https://redmine.globex.example',
    scope: { id: '7', name: 'Web shop' },
    node: { url: 'https://sync.globex.example', version: '0.4.0', fingerprint: '7f3a 11c0 9be2 d4d5 0a61 8c8e' },
  },
  startedBy: 'Grace Globex',
  sends: ['Each issue that somebody there puts under sync: its summary, description, comments and attachments.', 'The names of those who wrote the comments.'],
  accepts: ['The same of each ticket that is put under sync on your side.', 'New issues for them are created in Globex Engineering (Web shop).'],
  becomesPublic: ['All comments of tickets under sync at Acme Support, internal ones too, arrive as public comments at Globex Engineering.'],
  expiresAt: ago(-25),
  ...more,
});

export const consent = (more: Partial<ConsentView> = {}): ConsentView => ({
  id: 'p1',
  state: 'open',
  proposal: proposal(),
  instance: instance('acme', 'Acme Support'),
  wanted: 'https://acme.zendesk.example',
  scopes: [],
  verifiedUntil: null,
  mayConfirm: { available: true, reason: null },
  redirect: null,
  ...more,
});
export const check = (missing: CheckView['missing'] = []): CheckView => ({
  site: 'acme.zendesk.example',
  account: { id: '1', name: 'Entente sync', email: 'sync@acme.example' },
  missing,
});

export const invitation = (more: Partial<InvitationView> = {}): InvitationView => ({
  code: CODE,
  state: 'open',
  expiresAt: ago(-10_000),
  boundTo: 'https://redmine.globex.example',
  createdBy: 'Ada Operator',
  createdAt: ago(2),
  ...more,
});

export const refused: ProblemView = {
  level: 'twin',
  code: 'tracker-rejected',
  message: 'The tracker refused “Priority”: P0 is not in its list.',
  means: 'The tracker refused a value.',
  remedy: 'Map it, or skip the field.',
  since: ago(50),
  attempts: 3,
  retryAt: null,
};
export const twins = [
  twin('t1'),
  twin('t2', {
    summary: 'A customer cannot log in with a name that has an apostrophe in it',
    status: { state: 'waiting', sentence: 'Waiting: the tracker allows more calls in 41 s.', at: null },
  }),
  twin('t3', { status: { state: 'stopped', sentence: refused.message, at: null }, problem: refused, to: null }),
];

const event = (id: string, minutes: number, where: 'here' | 'there', sentence: string) => ({
  id,
  at: ago(minutes),
  by: where === 'here' ? 'Ada Operator' : 'Grace Globex',
  where,
  action: 'changed',
  sentence,
  connection: 'acme-globex',
  instance: where === 'here' ? 'acme' : 'globex',
});
export const events = {
  events: [
    event('3', 60, 'there', 'The connection was activated.'),
    event('2', 70, 'here', 'The name was changed from “Acme and Globex” to “Acme Support ↔ Globex Engineering”.'),
    event('1', 4000, 'here', 'The connection was initiated with an invitation code.'),
  ],
  next: null,
};
export const run = (id: string, stage: RunView['stage'], more: Partial<RunView> = {}): RunView => ({
  id,
  instance: 'acme',
  instanceName: 'Acme Support',
  stage,
  trigger: 'webhook',
  at: ago(3),
  ms: 120,
  rules: 'basic/1',
  changes: [{ what: 'summary', before: 'Checkout fails', after: 'Checkout fails for every third customer', decision: null }],
  calls: [],
  problem: null,
  ...more,
});

/** One of each state that the list can show. */
export const connections = [
  connection('acme-globex', { twins: 1204, lastSyncAt: ago(2), problems: 3 }),
  connection('acme-initech', {
    name: 'Acme Support ↔ Initech',
    to: globex({ instanceName: 'Initech', platform: 'zendesk', platformName: 'Zendesk', scope: null }),
    status: 'deactivated',
    twins: 12,
    lastSyncAt: ago(4000),
  }),
  pending('hooli', 'admin', { name: 'Acme Support ↔ Hooli Platform' }),
  pending('partner', 'invitation', { name: 'Acme Support ↔ partner.example.com' }),
  pending('old', 'invitation', { name: 'Old invitation', pending: { path: 'invitation', expiresAt: ago(600), expired: true, destination: null } }),
  connection('long', {
    name: 'Acme Support ↔ a very long name of a partner organisation that somebody once thought was a good idea, Incorporated',
    status: 'error',
    problem: {
      level: 'connection',
      code: 'bad-signature',
      message: 'What the other side sends is signed with another key.',
      means: '',
      remedy: 'Ask the other side whether its node has a new key; then set the connection up anew.',
      since: ago(60),
      attempts: 3,
      retryAt: null,
    },
    twins: 9,
  }),
];
