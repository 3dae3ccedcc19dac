import { type FileEntry, isFile } from './replica.ts';
import { on } from './sync-rule.ts';
import type { ShadowFile, Trace } from './twin.ts';

export interface FileInput {
  readonly twin: string;
  readonly before: FileEntry | null;
  readonly after: FileEntry;
  readonly trace: Trace | null;
  readonly present: boolean;
  readonly adopt: string | null;
  readonly powers: { readonly add: 'entity' | 'comment' | 'none'; readonly delete: boolean; readonly maxBytes: number };
}

export interface FilePlan {
  readonly do?: 'add' | 'delete';
  readonly fold?: ShadowFile;
  readonly tomb?: NonNullable<Trace['tomb']>;
  readonly adopt?: string;
  readonly differs?: string;
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;

/** What a change of one attachment means here. Content never changes under one id; existence flows outward from the origin. Pure. */
export function reconcileFile(input: FileInput): FilePlan {
  const { after, trace, powers } = input;
  if (input.before && isFile(input.before) === isFile(after)) return {};
  const outward = !trace || !on('originRules') || trace.via === input.twin;
  if (trace?.tomb && on('tombstones')) return { fold: after, ...(!isFile(after) && trace.tomb !== 'copy' ? { tomb: 'deleted' as const } : {}) };
  if (!trace || (trace.tomb && !on('tombstones'))) {
    if (!isFile(after)) return {};
    if (input.adopt !== null) return { adopt: input.adopt, fold: after };
    if (powers.add === 'none') return { differs: `“${after.name}” cannot be attached here` };
    if (after.size !== null && after.size > powers.maxBytes)
      return { differs: `“${after.name}” (${megabytes(after.size)}) is larger than the ${megabytes(powers.maxBytes)} that can be attached here` };
    return { do: 'add', fold: after };
  }
  if (isFile(after)) return { fold: after };
  if (!outward) return {};
  if (!input.present) return { fold: after, tomb: 'deleted' };
  if (!powers.delete) return { differs: 'deleted at its origin, cannot be deleted here' };
  return { do: 'delete', fold: after, tomb: 'deleted' };
}
