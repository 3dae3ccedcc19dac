import { expect, test } from 'vitest';
import type { Twin } from '../core/twin.ts';
import type { Connection } from './access.ts';
import type { OperationsDeps } from './context.ts';
import { mappingOf } from './mapping.ts';

test('commas, quotation marks and what a spreadsheet would take for a formula do no harm', async () => {
  const link = (urn: string) => ({ ref: urn, urn, url: `https://a.example/${urn.length}` });
  const twins = [
    { id: 't1', entity: link('A,"1"'), peer: link('=1+1'), status: 'active', inSyncAt: '2026-03-01T11:04:00.000Z' },
    { id: 't2', entity: link('7'), peer: null, status: 'unlinked', inSyncAt: null },
  ] as Twin[];
  const store = {
    transaction: async (work: (tx: object) => unknown) => work({ twinsOfSide: async (_side: string, after: string | null) => (after === null ? twins : []) }),
  };
  const csv = await mappingOf({ store } as unknown as OperationsDeps, { sides: [{ id: 's1' }] } as unknown as Connection);
  expect(csv.split('\r\n')).toEqual([
    'our URN,our URL,their URN,their URL,status,in sync since',
    '"A,""1""",https://a.example/5,\'=1+1,https://a.example/4,under sync,2026-03-01T11:04:00.000Z',
    '7,https://a.example/1,,,ended,',
    '',
  ]);
});
