import { z } from 'zod';
import type { Answer, CommentEntry, FileEntry, ReplicaMessage } from '../core/replica.ts';
import type { RichText } from '../core/rich-text/index.ts';
import type { TwinCounters, TwinMemory } from '../engine/ports.ts';
import { isRichText } from './rich-text.ts';

/** What the halves of a connection on two nodes tell each other. Members that are not known are left out. */
const text = z.string().max(4_000_000);
const id = z.string().min(1).max(2000);
// It names a job and a row too, and those names are short and plain.
const twin = z
  .string()
  .min(1)
  .max(400)
  .refine((value) => value.isWellFormed() && !/[\0\uE000]/.test(value), 'has characters that no id has');
const gid = z.string().min(1).max(4000);
const count = z.int().min(0);
const nonce = z.string().max(200);
const moment = z.string().max(60);
const rich = z.custom<RichText>(isRichText, 'is no rich text');
// What is shown as a link has to lead to a web page.
const link = z.object({
  ref: id,
  urn: z.string().max(2000),
  url: z
    .string()
    .max(4000)
    .regex(/^(https?:\/\/|$)/i, 'is no web address'),
});
const value = z.union([z.string().max(4_000_000), z.number(), z.boolean(), z.null(), z.array(text), rich]);
const fields = z.record(z.string().max(500), value);
const ids = z.record(gid, z.string().max(2000));

const comment = z.union([
  z.object({ body: rich, public: z.boolean(), author: text, at: moment }),
  z.object({ deleted: z.literal(true) }),
  z.object({ withdrawn: z.literal(true) }),
]) satisfies z.ZodType<CommentEntry>;
const file = z.union([
  z.object({ name: text, type: z.string().max(500), size: z.number().min(0).nullable(), comment: gid.nullable(), at: moment }),
  z.object({ deleted: z.literal(true) }),
]) satisfies z.ZodType<FileEntry>;
const change = <E extends z.ZodType>(entry: E) => z.object({ before: entry.nullable(), after: entry });
const refs = z.record(z.string().max(200), id);

export const Message = z.object({
  connection: id,
  twin,
  seq: count.min(1),
  nonce,
  seen: count,
  seenNonce: nonce,
  origin: id,
  entity: link,
  type: z.string().max(500).nullable(),
  link: refs.nullable(),
  ids,
  before: fields,
  after: fields,
  comments: z.record(gid, change(comment)),
  files: z.record(gid, change(file)),
}) satisfies z.ZodType<ReplicaMessage>;

export const AnswerMessage = z
  .object({
    outcome: z.enum(['ok', 'inactive', 'stopped']),
    status: z.enum(['unlinked', 'redundant']).optional(),
    reason: z.string().max(2000).optional(),
    seen: count,
    seenNonce: nonce,
    acked: count,
    needsAll: z.boolean().optional(),
    entity: link.nullable(),
    ids,
  })
  .transform((answer) => answer as Answer);

const counters = {
  twin,
  status: z.enum(['active', 'unlinked', 'redundant']),
  outSeq: count,
  lastNonce: nonce,
  acked: count,
  seen: count,
  seenNonce: nonce,
  flight: Message.nullable(),
};
export const Counters = z.object({ twins: z.array(z.object(counters)).max(1000) }) satisfies z.ZodType<{ twins: readonly TwinCounters[] }>;

const memory = z.object({
  ...counters,
  entity: link.nullable(),
  peer: link.nullable(),
  origin: id.nullable(),
  link: refs.nullable(),
  agreed: z.object({ fields, comments: z.record(gid, comment), files: z.record(gid, file) }),
  traces: z
    .array(
      z.object({
        gid,
        kind: z.enum(['comment', 'file']),
        local: z.string().max(2000).nullable(),
        peer: z.string().max(2000).nullable(),
        viaThis: z.boolean(),
        author: text.nullable(),
      }),
    )
    .max(100_000),
}) satisfies z.ZodType<TwinMemory>;
export const Memory = z.object({ memory: memory.nullable() });

export const Applied = z.object({ twin, answer: AnswerMessage });
export const Ended = z.object({ twin, reason: z.string().max(2000) });
export const EndedAnswer = z.object({ heard: z.boolean() });
export const After = z.object({ after: id.nullable() });
export const AboutTwin = z.object({ twin });
export const Compare = z.object({ twin, ours: z.object({ fields, comments: z.record(gid, comment) }) });
export const CompareAnswer = z.object({ equal: z.array(gid) });
export const AskFile = z.object({ twin, gid, offset: z.int().min(0) });
