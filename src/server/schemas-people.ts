import { z } from 'zod';

/** What the routes for members, tokens and the node's identity take and give. */
const moment = z.iso.datetime({ offset: true });
const named = <S extends z.ZodType>(id: string, schema: S): S => {
  z.globalRegistry.add(schema, { id });
  return schema;
};
export const Role = z.enum(['owner', 'admin', 'viewer']);

export const MemberView = named(
  'Member',
  z.object({
    id: z.string(),
    name: z.string().nullable().describe('Null: has not joined yet.'),
    email: z.string(),
    role: Role,
    joinedAt: moment.nullable(),
    joinUrl: z.string().nullable().describe('To hand over to somebody who has no account yet; shown once, when it is made.'),
    expiresAt: moment.nullable().describe('Until when the address works.'),
  }),
);
export const MemberInput = z.strictObject({ email: z.email().max(200), role: Role });
export const MemberPatch = z.strictObject({ role: Role });
export const JoinView = named('Join', z.object({ email: z.string(), instanceName: z.string(), role: Role, hasAccount: z.boolean() }));
export const JoinInput = z.strictObject({ name: z.string().trim().min(1).max(80), password: z.string().min(10).max(200) });

export const TokenView = named(
  'Token',
  z.object({
    name: z.string(),
    instance: z.string().nullable().describe('Slug; null: all instances (operators only).'),
    role: Role,
    createdAt: moment,
    usedAt: moment.nullable(),
    token: z.string().nullable().describe('Shown once, when it is made.'),
  }),
);
export const TokenInput = z.strictObject({ name: z.string().trim().min(1).max(60), instance: z.string().min(1).nullable(), role: Role });
export const GuardInput = z.strictObject({
  answer: z.enum(['real', 'copy']).describe('`real`: this is the one that goes on. `copy`: it gets a new identity, and its connections end here.'),
});
