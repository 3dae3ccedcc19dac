import type { Intent, Trace, Twin } from '../core/twin.ts';
import type { Conflict, EntityState, Instance, Side, SyncRun } from '../engine/ports.ts';

/** Plausible rows for tests. */
let count = 0;
export const fresh = (name: string): string => `${name}-${++count}-${Math.random().toString(36).slice(2, 8)}`;

const AT = '2026-03-01T12:00:00.000Z';

export const anInstance = (change: Partial<Instance> = {}): Instance => {
  const id = fresh('instance');
  return {
    id,
    slug: id,
    platform: 'memory',
    name: 'Acme',
    url: 'https://acme.test',
    settings: { subdomain: 'acme', token: 'hush' },
    defaultType: null,
    pausedUntil: null,
    problem: null,
    cursor: null,
    polledAt: null,
    webhook: null,
    createdAt: AT,
    ...change,
  };
};

export const aSide = (change: Partial<Side> = {}): Side => ({
  id: fresh('side'),
  connection: fresh('connection'),
  name: 'Acme to Globex',
  description: '',
  mode: 'basic',
  instance: 'acme',
  scope: null,
  peer: { kind: 'node', side: 'their-side', instance: 'globex', name: 'Globex' },
  leads: true,
  policy: 'lead',
  status: 'active',
  start: 'manual',
  resumeFrom: null,
  problem: null,
  createdAt: AT,
  ...change,
});

export const aTwin = (change: Partial<Twin> = {}): Twin => ({
  id: fresh('twin'),
  side: 'side',
  instance: 'acme',
  local: fresh('4711'),
  entity: { ref: '4711', urn: '4711', url: 'https://acme.test/4711' },
  peer: null,
  status: 'active',
  reason: null,
  dirty: true,
  touches: 0,
  bye: false,
  outSeq: 0,
  lastNonce: '',
  acked: 0,
  seen: 0,
  seenNonce: '',
  shadow: { fields: { summary: 'Printer on fire', tags: ['a', 'b'], estimate: 2.5, open: true, due: null }, comments: {}, files: {} },
  flight: null,
  inbox: null,
  held: {},
  differs: {},
  problem: null,
  link: null,
  flips: {},
  mending: false,
  lost: false,
  needsAll: false,
  hints: null,
  hintedFiles: null,
  createdAt: AT,
  inSyncAt: null,
  ...change,
});

export const aTrace = (change: Partial<Trace> = {}): Trace => {
  const local = fresh('c');
  return {
    instance: 'acme',
    entity: '4711',
    kind: 'comment',
    gid: `acme:4711:${local}`,
    local,
    via: null,
    tomb: null,
    author: null,
    carrier: false,
    peers: {},
    ...change,
  };
};

export const aFieldIntent = (change: Partial<Intent> = {}): Intent =>
  ({
    id: fresh('intent'),
    kind: 'field',
    over: null,
    side: 'side',
    twin: 'twin',
    instance: 'acme',
    entity: '4711',
    since: 0,
    triedAt: 0,
    field: 'summary',
    value: 'New',
    ...change,
  }) as Intent;

export const anEntity = (change: Partial<EntityState> = {}): EntityState => ({ instance: 'acme', ref: fresh('ref'), version: 'v1', origin: null, ...change });

export const aConflict = (change: Partial<Conflict> = {}): Conflict => ({
  id: fresh('conflict'),
  side: 'side',
  twin: 'twin',
  what: 'summary',
  ours: 'A',
  theirs: 'B',
  decision: 'ours',
  late: false,
  at: AT,
  ...change,
});

export const aRun = (change: Partial<SyncRun> = {}): SyncRun => ({
  id: fresh('run'),
  side: 'side',
  twin: 'twin',
  stage: 'applied',
  trigger: 'webhook',
  at: AT,
  ms: 12,
  rules: 'basic@1',
  changes: [{ what: 'summary', before: 'A', after: 'B' }],
  calls: [{ instance: 'acme', method: 'PUT', path: '/tickets/4711', status: 200, ms: 40 }],
  problem: null,
  ...change,
});
