import { describe, expect, it } from 'vitest';
import type { Tracker } from '../../../src/connectors/connector.ts';
import { docOf, plainText } from '../../../src/core/rich-text/index.ts';
import { adding, call, failure, see } from '../tools.ts';
import { simulated } from './simulated.ts';

// Data Center's answers do not say whether a note is internal.
describe('where Jira Cloud does not keep an internal note internal', () => {
  const { at, http, open, newIssue } = simulated('cloud');
  /** As if the project did not know what our request says of it. */
  const heedless = (): Tracker => {
    const client = http();
    const without = (json: unknown): unknown => {
      const { properties, ...rest } = (json ?? {}) as { properties?: { key: string }[] };
      return properties ? { ...rest, properties: properties.filter(({ key }) => key !== 'sd.public.comment') } : json;
    };
    return open(
      {},
      {},
      {
        http: {
          request: (request, context) => client.request(request.json === undefined ? request : { ...request, json: without(request.json) }, context),
        },
      },
    );
  };

  it('a new one is taken back at once', async () => {
    const tracker = heedless();
    const base = await see(tracker, newIssue());
    expect(await failure(tracker.apply(base.ref, base, adding(docOf('Between us'), [], false), call))).toMatchObject({
      kind: 'rejected',
      inDoubt: false,
      message: expect.stringContaining('taken back'),
    });
    expect((await see(tracker, base.ref)).comments).toEqual([]);
  });

  it('one that cannot be taken back is in doubt, and nobody posts it once more', async () => {
    const tracker = heedless();
    const base = await see(tracker, newIssue());
    at().control.fault({ kind: 'status', method: 'DELETE', status: 403, body: { errorMessages: ['No.'] } });
    expect(await failure(tracker.apply(base.ref, base, adding(docOf('Between us'), [], false), call))).toMatchObject({
      kind: 'unavailable',
      inDoubt: true,
    });
  });

  it('a public one that is to become internal with another text keeps the text that everybody knows', async () => {
    const tracker = heedless();
    const ref = newIssue();
    const { id } = at().control.comment(ref, { body: 'Known to all.', public: true }, at().credentials.email);
    const base = await see(tracker, ref);
    const edit = { do: 'edit', id, body: docOf('Between us'), public: false } as const;
    expect(await failure(tracker.apply(ref, base, { comment: edit, known: {} }, call))).toMatchObject({ kind: 'rejected', inDoubt: false });
    expect((await see(tracker, ref)).comments.map(({ body, public: shown }) => [plainText(body), shown])).toEqual([['Known to all.', true]]);
  });
});
