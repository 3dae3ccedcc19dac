import type { Twin } from '../core/twin.ts';
import type { Connection } from './access.ts';
import type { OperationsDeps } from './context.ts';

const HEAD = ['our URN', 'our URL', 'their URN', 'their URL', 'status', 'in sync since'];

/** Which entity belongs to which, as CSV (RFC 4180) with a header line. */
export async function mappingOf({ store }: Pick<OperationsDeps, 'store'>, { sides: [side] }: Connection): Promise<string> {
  const lines = [HEAD.join(',')];
  for (let after: string | null = null; ; ) {
    const page: readonly Twin[] = await store.transaction((tx) => tx.twinsOfSide(side.id, after, 500));
    for (const { entity, peer, status, inSyncAt } of page)
      lines.push([entity?.urn, entity?.url, peer?.urn, peer?.url, status === 'active' ? 'under sync' : 'ended', inSyncAt].map(cell).join(','));
    after = page.at(-1)?.id ?? null;
    if (after === null) return `${lines.join('\r\n')}\r\n`;
  }
}

/** In quotes where it has to be. What a spreadsheet would take for a formula is made text. */
function cell(value: string | null | undefined): string {
  const text = value ?? '';
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
