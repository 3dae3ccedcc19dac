import { z } from 'zod';
import { CheckView, ConnectionView, InstanceView, label, ScopeView } from './schemas.ts';

/** What the routes for setting up and ending connections take and give. */
const moment = z.iso.datetime({ offset: true });
const named = <S extends z.ZodType>(id: string, schema: S): S => {
  z.globalRegistry.add(schema, { id });
  return schema;
};
const nouns = z.object({ entity: z.string(), entities: z.string(), scope: z.string().nullable() });
const offer = z.object({ available: z.boolean(), reason: z.string().nullable().describe('Why not, in a sentence.') });
const mode = z.enum(['basic', 'visual', 'script']);
const scope = z.string().min(1).optional().describe('Id or name; where the instance has more than one.');
const consent = z
  .boolean()
  .optional()
  .describe('Must be true: in Basic mode internal comments arrive as public on the other side, and somebody has to say that this is understood.');

export const LookupInput = z.strictObject({
  instance: z.string().min(1).describe('Slug of the own instance.'),
  url: z.string().trim().min(1).max(2000).describe('The address of a tracker or of a node, as a person types it.'),
});
export const LookupView = named(
  'Lookup',
  z.object({
    url: z.string().describe('As it was understood.'),
    where: z
      .enum(['this-instance', 'this-node', 'other-node'])
      .describe('`this-instance`: a local connection between two scopes. `this-node`: another instance here. `other-node`: found at a node.'),
    node: z.object({ url: z.string(), version: z.string() }).nullable(),
    destination: z.object({ name: z.string(), slug: z.string(), platform: z.string(), platformName: z.string(), nouns, url: z.string() }),
    modes: z.array(z.object({ mode, available: z.boolean(), reason: z.string().nullable() })),
    admin: offer.describe('The path for those who have admin access there.'),
    invitation: offer,
  }),
);

export const InitiateInput = z.strictObject({
  instance: z.string().min(1).describe('Slug of the own instance.'),
  scope,
  url: z.string().trim().min(1).max(2000).nullable().describe('Null: no address is known; then only the invitation is left.'),
  mode: z.literal('basic'),
  name: label(120).optional(),
  description: z.string().max(2000).optional(),
  internalCommentsBecomePublic: consent,
  path: z.enum(['admin', 'invitation']),
  bindInvitation: z.boolean().optional().describe('Only the instance at `url` can accept the invitation.'),
});
export const InvitationView = named(
  'Invitation',
  z.object({
    code: z.string().nullable().describe('Null once it is used, revoked or expired.'),
    state: z.enum(['open', 'used', 'revoked', 'expired']),
    expiresAt: moment,
    boundTo: z.string().nullable(),
    createdBy: z.string(),
    createdAt: moment,
  }),
);
export const InitiateView = named(
  'Initiated',
  z.object({
    connection: ConnectionView,
    redirect: z.string().nullable().describe('Admin path: where the browser goes now.'),
    invitation: InvitationView.nullable(),
  }),
);

/** What the other side wants, in words, before anything exists. */
export const ProposalView = named(
  'Proposal',
  z.object({
    name: z.string(),
    description: z.string(),
    mode,
    from: z.object({
      name: z.string(),
      slug: z.string(),
      platform: z.string(),
      platformName: z.string(),
      nouns,
      url: z.string(),
      scope: ScopeView.nullable(),
      node: z.object({ url: z.string().nullable(), version: z.string(), fingerprint: z.string() }).nullable().describe('Null: on this node.'),
    }),
    startedBy: z.string(),
    sends: z.array(z.string()).describe('What the other side sends, in sentences.'),
    accepts: z.array(z.string()).describe('What it takes, in sentences.'),
    becomesPublic: z.array(z.string()).describe('What becomes visible to more people than before.'),
    expiresAt: moment,
  }),
);
export const InvitationInput = z.strictObject({ code: z.string().min(1).max(20_000) });
export const InvitationSummary = named(
  'InvitationSummary',
  z.object({ proposal: ProposalView, instances: z.array(z.object({ slug: z.string(), name: z.string(), platform: z.string(), platformName: z.string() })) }),
);
export const AcceptInput = z.strictObject({
  code: z.string().min(1).max(20_000),
  instance: z.string().min(1).describe('Slug of the own instance.'),
  scope,
  internalCommentsBecomePublic: consent,
});

export const ConsentView = named(
  'Consent',
  z.object({
    id: z.string(),
    state: z.enum(['open', 'confirmed', 'refused', 'expired', 'cancelled']),
    proposal: ProposalView,
    instance: InstanceView.nullable().describe('The instance here that is asked; null: there is none yet for this tracker, and one can be added on the way.'),
    wanted: z.string().describe('The address that the other side entered.'),
    scopes: z.array(ScopeView).describe('Empty until access is verified, and where the platform has none.'),
    verifiedUntil: moment.nullable().describe('Access was proved until then; null: not yet.'),
    mayConfirm: offer.describe('Whether the caller is an admin of the instance.'),
    redirect: z.string().nullable().describe('Once it is decided: the way back.'),
  }),
);
export const VerifyView = named('Verified', z.object({ consent: ConsentView, check: CheckView }));
export const ConfirmInput = z.strictObject({ scope, internalCommentsBecomePublic: consent });
export const DecidedView = named('Decided', z.object({ redirect: z.string() }));
export const ReturnInput = z.strictObject({
  state: z.string().min(1).max(500),
  code: z.string().min(1).max(500).optional(),
  error: z.string().min(1).max(100).optional(),
});
export const ReturnView = named('Returned', z.object({ outcome: z.enum(['active', 'refused', 'expired']), connection: ConnectionView.nullable() }));

export const ConnectionPatch = z.strictObject({ name: label(120).optional(), description: z.string().max(2000).optional() });
export const EventView = named(
  'Event',
  z.object({
    id: z.string(),
    at: moment,
    by: z.string().describe('Who did it.'),
    where: z.enum(['here', 'there']).describe('On which side.'),
    action: z.string().describe('Such as `connection-created`, `deactivated`.'),
    sentence: z.string(),
    connection: z.string().nullable().describe('Slug.'),
    instance: z.string().nullable().describe('Slug.'),
  }),
);
export const EventPage = z.object({ events: z.array(EventView), next: z.string().nullable() });
