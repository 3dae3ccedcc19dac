import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../core/errors.ts';

/**
 * What the REST API takes and gives. Moments are ISO 8601 in UTC, durations milliseconds. Names (`slug`) are what people type;
 * nothing here ever carries a secret outwards.
 */
const moment = z.iso.datetime({ offset: true });
const named = <S extends z.ZodType>(id: string, schema: S): S => {
  z.globalRegistry.add(schema, { id });
  return schema;
};

const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 lower-case letters, digits or hyphens, such as acme-support')
  .describe('The short name that people type: `acme` in `acme/4711`.');
/** A name for people: no control characters, no half of a character pair. */
export const label = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'must be plain text on one line');
const urn = z.string().trim().min(1, 'must not be empty').max(2000);

export const ErrorAnswer = named(
  'Error',
  z.object({
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string().describe('What happened, in a sentence.'),
    remedy: z.string().describe('What to do.'),
    details: z.record(z.string(), z.unknown()),
  }),
);

export const Problem = named(
  'Problem',
  z.object({
    level: z.enum(['twin', 'connection', 'instance']).describe('What it stops.'),
    code: z.string(),
    message: z.string(),
    means: z.string(),
    remedy: z.string(),
    since: moment,
    attempts: z.int(),
    retryAt: moment.nullable().describe('When it is tried again by itself; null: only when somebody asks.'),
  }),
);

const NounsView = z.object({ entity: z.string(), entities: z.string(), scope: z.string().nullable() });

export const PlatformView = named(
  'Platform',
  z.object({
    id: z.string(),
    name: z.string(),
    nouns: NounsView.describe('What the platform calls things.'),
    settings: z.record(z.string(), z.unknown()).describe('JSON schema of the settings and credentials of an instance.'),
    secrets: z.array(z.string()).describe('Settings that are stored encrypted and never shown.'),
    logo: z.object({ path: z.string(), color: z.string() }).nullable().describe('SVG path in a box of 24 by 24, and the brand colour (#rrggbb).'),
    help: z.array(z.string()).describe('How to get the credentials, step by step, in sentences.'),
    app: z
      .object({ install: z.array(z.string()).describe('How the file is installed there, step by step, in sentences.') })
      .nullable()
      .describe('The app that puts Entente into the tracker’s own pages, where there is one.'),
  }),
);

const WhoMayConnect = z
  .enum(['anyone', 'allow-list', 'nobody'])
  .describe('Who may ask this instance for a connection: anyone, those on the list, or nobody. An invitation that this side made always holds.');

export const InstanceView = named(
  'Instance',
  z.object({
    slug: z.string(),
    name: z.string(),
    platform: z.string(),
    platformName: z.string(),
    nouns: NounsView,
    url: z.string(),
    defaultType: z.string().nullable().describe('Type of incoming entities whose own type does not exist here.'),
    settings: z.record(z.string(), z.unknown()).describe('Without the secrets.'),
    secrets: z.array(z.string()).describe('Names of the secrets that are set.'),
    status: z.enum(['working', 'paused', 'stopped']),
    pausedUntil: moment.nullable(),
    problem: Problem.nullable(),
    notices: z.enum(['webhook', 'polling']).describe('How the node hears of changes. It polls in either case, slowly beside a webhook.'),
    noticesBecause: z.string().nullable().describe('Why there is no webhook, in a sentence.'),
    pollSeconds: z.int(),
    polledAt: moment.nullable(),
    createdAt: moment,
    nodeUrl: z.string().describe('What the other side enters to connect with this instance.'),
    reach: z.enum(['public', 'private']).describe('`private`: this node cannot be called; it does all the calling.'),
    whoMayConnect: WhoMayConnect,
    allowList: z.array(z.string()).describe('With `allow-list`: addresses of nodes or trackers.'),
    timeZone: z.string().describe('IANA name, for moments that are shown to people of this instance.'),
    role: z.enum(['owner', 'admin', 'viewer']).describe('What the caller may do here.'),
    connections: z.int(),
  }),
);

export const CheckView = named(
  'Check',
  z.object({
    site: z.string(),
    account: z.object({ id: z.string(), name: z.string(), email: z.string().nullable() }).describe('The account that Entente uses.'),
    missing: z.array(z.object({ permission: z.string(), consequence: z.string() })),
  }),
);
export const ScopeView = named('Scope', z.object({ id: z.string(), name: z.string() }));
export const TypeView = named('EntityType', z.object({ name: z.string(), creatable: z.boolean() }));

export const InstanceInput = z.strictObject({
  slug: Slug,
  platform: z.string().min(1),
  name: label(80).optional().describe('Proposed by the tracker when left out.'),
  settings: z.record(z.string(), z.unknown()).describe('As the platform’s schema says.'),
  defaultType: z.string().min(1).nullable().optional(),
});
export const InstancePatch = z.strictObject({
  name: label(80).optional(),
  settings: z.record(z.string(), z.unknown()).optional().describe('Only what changes.'),
  defaultType: z.string().min(1).nullable().optional(),
  reach: z.enum(['public', 'private']).optional(),
  whoMayConnect: WhoMayConnect.optional(),
  allowList: z.array(z.string().trim().min(1).max(500)).max(200).optional(),
  timeZone: z.string().min(1).max(60).optional(),
});
export const TrialInput = z.strictObject({ platform: z.string().min(1), settings: z.record(z.string(), z.unknown()) });

export const Place = named(
  'Place',
  z.object({
    instance: z.string().describe('Slug, as its own node has it.'),
    remote: z.boolean().describe('It lives on another node.'),
    node: z.object({ id: z.string(), url: z.string().nullable(), version: z.string() }).nullable().describe('Of a remote side.'),
    state: z
      .object({ status: z.enum(['pending', 'active', 'deactivated', 'removed', 'error']), by: z.string().nullable(), at: moment.nullable() })
      .describe('What this side did last with its half, and who did it.'),
    setUpBy: z.string().nullable(),
    instanceName: z.string(),
    platform: z.string(),
    platformName: z.string(),
    nouns: NounsView,
    url: z.string(),
    scope: ScopeView.nullable(),
  }),
);

export const ConnectionView = named(
  'Connection',
  z.object({
    slug: z.string().describe('For addresses and commands.'),
    name: z.string(),
    description: z.string(),
    mode: z.enum(['basic', 'visual', 'script']),
    status: z.enum(['pending', 'active', 'deactivated', 'error']),
    from: Place.describe('Our side; of a local connection, the one that leads.'),
    to: Place.nullable().describe('Null: nobody has accepted yet, and no address was given.'),
    pending: z
      .object({
        path: z.enum(['admin', 'invitation']),
        expiresAt: moment,
        expired: z.boolean(),
        destination: z.string().nullable().describe('The address that was entered.'),
      })
      .nullable()
      .describe('What a pending connection waits for.'),
    role: z.enum(['owner', 'admin', 'viewer']),
    twins: z.int(),
    problems: z.int().describe('Twins that an error has stopped or keeps waiting.'),
    problem: Problem.nullable(),
    lastSyncAt: moment.nullable(),
    createdAt: moment,
    rules: z.array(z.string()).describe('What the sync rules do, in sentences.'),
  }),
);

const End = z.strictObject({
  instance: z.string().min(1).describe('Slug.'),
  scope: z.string().min(1).optional().describe('Id or name; where the instance has more than one.'),
});
export const ConnectionInput = z.strictObject({
  mode: z.literal('basic'),
  name: label(120).optional(),
  description: z.string().max(2000).optional(),
  from: End,
  to: End,
  internalCommentsBecomePublic: z
    .boolean()
    .optional()
    .describe('Must be true: in Basic mode internal comments arrive as public on the other side, and somebody has to say that this is understood.'),
});

export const EntityView = named(
  'EntityLink',
  z.object({ instance: z.string(), instanceName: z.string(), platform: z.string(), platformName: z.string(), urn: z.string(), url: z.string() }),
);

export const TwinStatus = named(
  'TwinStatus',
  z.object({
    state: z.enum(['in-sync', 'syncing', 'waiting', 'stopped', 'conflict', 'differs', 'ended']),
    sentence: z.string().describe('Why it is or is not in sync, for people.'),
    at: moment.nullable().describe('`in-sync`, `differs`: since when. `waiting`: until when, where that is known.'),
  }),
);

export const TwinView = named(
  'Twin',
  z.object({
    id: z.string(),
    connection: z.string().describe('Slug.'),
    connectionName: z.string(),
    summary: z.string().nullable().describe('The entity’s own summary, as it was synced last.'),
    status: TwinStatus,
    from: EntityView.nullable().describe('Null: not created yet.'),
    to: EntityView.nullable(),
    problem: Problem.nullable(),
    differs: z.array(z.object({ instance: z.string(), what: z.string(), reason: z.string() })).describe('What the trackers cannot hold alike.'),
    degraded: z
      .array(z.object({ instance: z.string(), what: z.string(), without: z.array(z.string()) }))
      .describe('Formatting that a tracker cannot show. The other side keeps it.'),
    conflicts: z.array(z.object({ instance: z.string(), what: z.string(), ours: z.string().nullable(), theirs: z.string().nullable() })),
    createdAt: moment,
    inSyncAt: moment.nullable(),
  }),
);

export const STAGES = ['captured', 'sent', 'received', 'applied', 'in-sync'] as const;
export const StageView = named(
  'Stage',
  z.object({
    stage: z.enum(STAGES),
    at: moment.nullable().describe('Null: not reached.'),
    ms: z.int().nullable().describe('Since the sync began.'),
  }),
);
export const Progress = named(
  'Progress',
  z.object({
    twin: TwinView,
    stages: z.array(StageView),
    settled: z.boolean().describe('Nothing more happens by itself for now: in sync, ended, stopped, or waiting for something outside.'),
  }),
);

export const RunView = named(
  'Run',
  z.object({
    id: z.string(),
    instance: z.string().describe('On whose side.'),
    instanceName: z.string(),
    stage: z.enum([...STAGES, 'linked', 'nothing', 'failed', 'ended']),
    trigger: z.string(),
    at: moment,
    ms: z.int(),
    rules: z.string(),
    changes: z.array(z.object({ what: z.string(), before: z.string().nullable(), after: z.string().nullable(), decision: z.string().nullable() })),
    calls: z.array(z.object({ instance: z.string(), method: z.string(), path: z.string(), status: z.int().nullable(), ms: z.int() })),
    problem: Problem.nullable(),
  }),
);

export const ProblemView = named(
  'ListedProblem',
  z.object({
    problem: Problem,
    connection: z.string().nullable(),
    connectionName: z.string().nullable(),
    instance: z.string().nullable(),
    twin: TwinView.nullable(),
  }),
);

export const QueueView = named('Queue', z.object({ waiting: z.int(), running: z.int(), oldestAt: moment.nullable() }));
export const NodeView = named(
  'Node',
  z.object({
    id: z.string(),
    version: z.string(),
    url: z.string(),
    fingerprint: z.string().describe('Of the public key, for reading aloud.'),
    guard: z
      .object({ kind: z.enum(['copied', 'restored', 'rival']), sentence: z.string(), since: moment })
      .nullable()
      .describe('Not null: this node may be a copy, or has gone back in time. Nothing moves until an operator says which it is.'),
    user: z
      .object({
        name: z.string(),
        email: z.string(),
        operator: z.boolean(),
        instances: z.array(z.object({ slug: z.string(), role: z.enum(['owner', 'admin', 'viewer']) })),
        confinedTo: z.string().nullable().describe('Inside a tracker’s frame: the one instance that can be seen.'),
      })
      .nullable(),
  }),
);

export const SyncInput = z.strictObject({
  urn: urn.describe('`4711` where only one side has it, `acme/4711`, or the address of the entity.'),
  wait: z.boolean().optional().describe('Answer only when it is in sync, stopped, or a minute is over.'),
});
export const TwinQuery = z.object({
  urn: urn.optional(),
  connection: z.string().min(1).optional(),
  instance: z.string().min(1).optional().describe('Slug: only twins of this instance.'),
  after: z.string().optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const TwinPage = z.object({ twins: z.array(TwinView), next: z.string().nullable() });
