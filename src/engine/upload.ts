import type { Upload } from '../connectors/connector.ts';
import { linkOf } from '../core/file-link.ts';
import type { FileEntry, GlobalId } from '../core/replica.ts';
import type { Work } from './work.ts';

/** A file of the other side on its way into our tracker. */
export function uploadOf({ context, side, twin }: Pick<Work, 'context' | 'side' | 'twin'>, gid: GlobalId, file: Extract<FileEntry, { name: string }>): Upload {
  return {
    key: gid,
    name: file.name,
    type: file.type,
    size: file.size,
    open: (signal) => context.peers.openFile(side, twin.id, gid, signal),
    link: linkOf({ side: side.id, twin: twin.id, gid }),
  };
}
