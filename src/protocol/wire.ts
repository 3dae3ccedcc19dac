import { z } from 'zod';

/**
 * What nodes tell each other about themselves. Unknown members are ignored, so that a newer node can say more. Moments are ISO 8601 in UTC, keys and
 * signatures base64url without padding.
 */
export const PROTOCOL = { newest: 1, oldest: 1 } as const;

/** What this node can do. A peer that asks for one that is not here, and says that it must be, is refused with a sentence. */
export const CAPABILITIES = ['mode.basic', 'file.range', 'relay', 'lifecycle', 'key.rotation'] as const;

/** No U+0000 and no half characters: what comes from elsewhere is shown to people and looked for in the database. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'has characters that no text has');
/** A browser is sent there, or people follow it. */
const webAddress = (max: number) => text(max).refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), 'is no web address');
export const Nouns = z.object({ entity: text(60), entities: text(60), scope: text(60).nullable() });
export const Scope = z.object({ id: text(200), name: text(200) });

/** A node, as it shows itself. `url` null: it cannot be called. */
export const NodeCard = z.object({
  id: text(64).min(8),
  url: webAddress(500).nullable(),
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  version: text(40),
  protocol: z.object({ newest: z.int().min(1), oldest: z.int().min(1) }),
  capabilities: z.array(text(60)).max(100),
});
export type NodeCard = z.infer<typeof NodeCard>;

/** An instance, as its node shows it to others. `id` is unique in the world: global ids begin with it. */
export const InstanceCard = z.object({
  id: text(100).min(1),
  slug: text(60),
  name: text(200),
  platform: text(60),
  platformName: text(60),
  nouns: Nouns,
  /** Of the tracker: a web address, or a name where it has none. */
  url: text(500).refine((value) => !/^\s*(javascript|data|vbscript):/i.test(value), 'is no web address'),
});
export type InstanceCard = z.infer<typeof InstanceCard>;

/** One half of a connection, as it is told to the other side when it is set up. */
export const Half = z.object({ node: NodeCard, instance: InstanceCard, side: text(100).min(1), scope: Scope.nullable(), setUpBy: text(200) });
export type Half = z.infer<typeof Half>;

/** What somebody wants to set up. It is shown in words to whoever is asked, before anything exists. */
export const Proposal = z.object({
  connection: z.string().regex(/^c[0-9a-f]{16}$/),
  name: text(120).min(1),
  description: text(2000),
  mode: z.enum(['basic', 'visual', 'script']),
  policy: z.enum(['lead', 'follow', 'hold']),
  /** Capabilities without which the connection makes no sense. */
  needs: z.array(text(60)).max(50),
  from: Half,
  expiresAt: z.iso.datetime(),
});
export type Proposal = z.infer<typeof Proposal>;
