import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractCommands } from '../../../simulators/gitlab/quick-actions.ts';
import { referencesIn } from '../../../simulators/gitlab/references.ts';
import { writeText } from '../../../src/connectors/gitlab/text.ts';
import { anyDoc } from '../../../src/core/rich-text/arbitrary-doc.ts';
import { docOf, plainText, type RichText } from '../../../src/core/rich-text/index.ts';
import { adding, call, see } from '../tools.ts';
import { para, simulated } from './simulated.ts';

describe('the GitLab connector on the simulator', () => {
  const { at, open, newIssue } = simulated();

  describe('quick actions', () => {
    const ACTIONS = ['/close', '/label ~bug', '/title Hacked', '/confidential', '/assign @nora', '/CLOSE', '/close ', '/spend 1h', '/due 2026-01-01'];

    it('are carried out when a person writes them', async () => {
      const { urn } = newIssue();
      expect(at().control.comment(urn, 'Done.\n/close\n/label ~bug', 'nora')).not.toBeNull();
      expect(at().control.issue(urn)).toMatchObject({ state: 'closed', labels: ['bug'] });
      expect(at().control.comment(urn, '/reopen', 'nora')).toBeNull();
      expect(at().control.issue(urn)).toMatchObject({ state: 'opened' });
    });

    it('are words when they come from the other side: in paragraphs, after line ends, in code, in lists, in quotes, in new and edited texts', async () => {
      const tracker = open();
      const fence = '`'.repeat(4);
      const body: RichText = {
        type: 'root',
        children: [
          ...ACTIONS.map(para),
          { type: 'paragraph', children: ACTIONS.flatMap((value) => [{ type: 'break' } as const, { type: 'text', value } as const]) },
          { type: 'paragraph', children: [{ type: 'strong', children: [{ type: 'text', value: '/close' }] }] },
          { type: 'code', value: `a\n${ACTIONS.join('\n')}\nb` },
          { type: 'code', lang: 'md', value: `${fence}\n/close\n${fence}\n/close` },
          { type: 'blockquote', children: [para('/close')] },
          { type: 'list', ordered: false, children: [{ type: 'listItem', children: [para('/close'), { type: 'code', value: '/close' }] }] },
          { type: 'heading', depth: 2, children: [{ type: 'text', value: '/close' }] },
          { type: 'rawUnsupported', format: 'elsewhere', value: '', text: 'x\n/close' },
          { type: 'paragraph', children: [{ type: 'mention', name: 'x' }, { type: 'break' }, { type: 'text', value: '/close' }] },
        ],
      };
      const { snapshot } = await tracker.create({ scope: null, type: 'issue', fields: { summary: '/close', description: body }, files: [] }, 'quick:1', call);
      const { comment } = await tracker.apply(snapshot.ref, snapshot, adding(body), call);
      const now = await see(tracker, snapshot.ref);
      await tracker.apply(snapshot.ref, now, { comment: { do: 'edit', id: comment ?? '', body: docOf('/close\n\n/title x') }, known: {} }, call);
      await tracker.apply(snapshot.ref, now, { fields: { description: docOf('/close\n/label ~x') }, known: {} }, call);
      expect(at().control.commands()).toEqual([]);
      const after = await see(tracker, snapshot.ref);
      expect(after.fields).toMatchObject({ summary: '/close', state: 'opened', labels: [] });
      expect(plainText(now.comments[0]?.body as RichText)).toBe(plainText(tracker.settleComment(body)));
      expect(plainText(now.comments[0]?.body as RichText).match(/\/close/gi)?.length).toBe(plainText(body).match(/\/close/gi)?.length);
      expect(plainText(after.comments[0]?.body as RichText)).toBe('/close\n\n/title x');
      expect(plainText(after.fields.description as RichText)).toBe('/close\n/label ~x');
    });

    it('are words in any document whatsoever, and so are references', () => {
      const signs = fc.constantFrom(
        '/close',
        '/label ~a',
        '#1',
        '!2',
        '@ada',
        '%v1',
        '$3',
        '&4',
        'GL-5',
        '~bug',
        'acme/web#6',
        '^alert#7',
        ':smile:',
        '[issue:8]',
        '[work_item:9]',
      );
      const hostile = fc.array(fc.array(fc.oneof(signs, fc.constantFrom(' ', '\n', '(', ')', '"', 'a', '`', '```', '> ', '- ', '\\', '**', '<b>'))), {
        maxLength: 6,
      });
      const nasty = hostile.map((parts): RichText => ({ type: 'root', children: parts.flatMap((part) => docOf(part.join('')).children) }));
      fc.assert(
        fc.property(fc.oneof(nasty, anyDoc), (doc) => {
          const text = writeText(doc, () => undefined, [], 'm:1#2');
          expect(extractCommands(text).commands).toEqual([]);
          expect(referencesIn(text, 'https://gitlab.invalid')).toEqual([]);
        }),
        { numRuns: Number(process.env.RICH_TEXT_RUNS ?? 500) },
      );
    });
  });

  it('refers to nobody and nothing: no names, issues, merge requests, labels, milestones, snippets or epics', async () => {
    const tracker = open();
    const { urn } = newIssue();
    const text = 'Thanks @ada, see #1, acme/web#1, !1, ~bug, ~"to do", %v1 and %"next one", $1, &1, GL-1, ^alert#1, :+1: and {+ this +}.';
    at().control.comment(urn, text, 'nora');
    expect(
      new Set(
        at()
          .control.references()
          .map(({ kind }) => kind),
      ),
    ).toEqual(new Set(['user', 'issue', 'merge_request', 'label', 'milestone', 'snippet', 'epic']));
    at().control.references().length = 0;

    const other = newIssue();
    const table: RichText = {
      type: 'root',
      children: [
        para(text),
        { type: 'table', children: [{ type: 'tableRow', children: [{ type: 'tableCell', children: [{ type: 'text', value: text }] }] }] },
        { type: 'paragraph', children: [{ type: 'link', url: 'https://example.org/#1', children: [{ type: 'text', value: '@ada #1' }] }] },
        { type: 'paragraph', children: [{ type: 'mention', name: 'ada' }] },
      ],
    };
    const base = await see(tracker, other.ref);
    await tracker.apply(other.ref, base, adding(table), call);
    await tracker.apply(other.ref, base, { fields: { description: table }, known: {} }, call);
    expect(at().control.references()).toEqual([]);
    expect(at().control.systemNotes(newIssue().urn)).toEqual([]);
    const now = await see(tracker, other.ref);
    expect(plainText(now.comments[0]?.body as RichText)).toContain(text);
    expect(plainText(now.fields.description as RichText)).toContain(text);
  });

  it('refers to nobody and nothing in titles either, where GitLab looks too, and shows them as they were', async () => {
    const tracker = open();
    const { urn, ref } = newIssue();
    const summary = 'For @ada: #1, acme/web#1, !1, GL-1, [issue:1] and ada@example.org';
    at().control.editIssue(urn, { title: summary }, 'nora');
    expect(
      new Set(
        at()
          .control.references()
          .map(({ kind }) => kind),
      ),
    ).toEqual(new Set(['user', 'issue', 'merge_request']));
    expect((await see(tracker, ref)).fields.summary, 'what people write').toBe(summary);
    at().control.references().length = 0;
    const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary }, files: [] }, 'title:1', call);
    await tracker.apply(snapshot.ref, snapshot, { fields: { summary: `Again ${summary}` }, known: {} }, call);
    expect(at().control.references()).toEqual([]);
    expect([snapshot.fields.summary, (await see(tracker, snapshot.ref)).fields.summary]).toEqual([summary, `Again ${summary}`]);
    const long = `${'#1 '.repeat(120)}`;
    await tracker.apply(snapshot.ref, snapshot, { fields: { summary: long }, known: {} }, call);
    expect((await see(tracker, snapshot.ref)).fields.summary).toBe(tracker.settle('summary', long));
  });
});
