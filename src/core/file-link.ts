import type { GlobalId } from './replica.ts';

/** A file of the other side, as our half of a twin knows it. */
export interface LinkedFile {
  readonly side: string;
  readonly twin: string;
  readonly gid: GlobalId;
}

/** What names the file in `FileLinks`: opaque to connectors. */
export const linkOf = ({ side, twin, gid }: LinkedFile): string => `${side}.${twin}.${gid}`;

/** Null: nothing that `linkOf` has made. */
export function linkedFile(link: string): LinkedFile | null {
  const [, side, twin, gid] = /^([^.]+)\.([^.]+)\.(.+)$/s.exec(link) ?? [];
  return side !== undefined && twin !== undefined && gid !== undefined ? { side, twin, gid } : null;
}
