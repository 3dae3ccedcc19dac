import { describe, expect, it } from 'vitest';
import type { Tracker } from '../../../src/connectors/connector.ts';
import { docOf, plainText, type RichText } from '../../../src/core/rich-text/index.ts';
import { adding, call, failure, see, upload } from '../tools.ts';
import { DANA, simulated } from './simulated.ts';

/** What people do to an issue between our look at it and what we write. */
describe.each(['cloud', 'data-center'] as const)('meanwhile, in Jira (%s)', (deployment) => {
  const { at, open, newIssue } = simulated(deployment);
  const cloud = deployment === 'cloud';
  const shown = async (tracker: Tracker, ref: string) => (await see(tracker, ref)).comments.map((comment) => [plainText(comment.body), comment.public]);
  const edit = (id: string | null, text: string, more: { public?: boolean } = {}) => ({
    comment: { do: 'edit' as const, id: id ?? '', body: docOf(text), ...more },
    known: {},
  });

  it('an issue is moved out of a service project: its internal notes stay internal', async () => {
    const tracker = open();
    const ref = newIssue('SUP');
    at().control.comment(ref, { body: 'Between us', public: false }, DANA);
    at().control.moveIssue(ref, 'DEV', DANA);
    expect(await shown(tracker, ref)).toEqual([['Between us', false]]);
  });

  it('an issue is moved to a project without internal notes: no internal comment is written there', async () => {
    const tracker = open();
    const ref = newIssue('SUP');
    const { comment } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('Known to all')), call);
    const base = await see(tracker, ref);
    at().control.moveIssue(ref, 'DEV', DANA);
    expect(await failure(tracker.apply(ref, base, adding(docOf('Between us'), [], false), call))).toMatchObject({ kind: 'rejected' });
    expect(await failure(tracker.apply(ref, base, edit(comment, 'Between us', { public: false }), call))).toMatchObject({ kind: 'rejected' });
    expect(await shown(tracker, ref)).toEqual([['Known to all', true]]);
  });

  it('a comment is restricted: an edit leaves it so', async () => {
    const tracker = open({ internalRole: 'Administrators' });
    const ref = newIssue('DEV');
    const { comment } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('Ours')), call);
    const base = await see(tracker, ref);
    const row = at().site.issues.get(ref)?.comments[0];
    if (row) row.visibility = { type: 'role', value: 'Administrators' };
    expect(await shown(tracker, ref)).toEqual([['Ours', false]]);
    await tracker.apply(ref, base, edit(comment, 'Ours, edited'), call);
    expect(await shown(tracker, ref)).toEqual([['Ours, edited', false]]);
  });

  it('a comment is edited: that is looked at first, and not written over', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const { id } = at().control.comment(ref, { body: 'First' }, DANA);
    const base = await see(tracker, ref);
    at().control.editComment(ref, id, 'By Dana', DANA);
    expect(await failure(tracker.apply(ref, base, edit(id, 'Ours'), call))).toMatchObject({ kind: 'conflict', inDoubt: false });
    expect(await shown(tracker, ref)).toEqual([['By Dana', true]]);
    await tracker.apply(ref, await see(tracker, ref), edit(id, 'Ours'), call);
    expect(await shown(tracker, ref)).toEqual([['Ours', true]]);
  });

  it('a comment with a picture and another file can be edited: nobody did so meanwhile', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const picture: RichText = {
      type: 'root',
      children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'g:1', name: 'a.png', inline: true }] }],
    };
    const files = [upload('g:1', 'a.png', 'png', 'image/png'), upload('g:2', 'b.txt', 'text')];
    const { comment } = await tracker.apply(ref, await see(tracker, ref), adding(picture, files), call);
    await tracker.apply(ref, await see(open(), ref), edit(comment, 'No picture any more'), call);
    expect(await shown(tracker, ref)).toEqual([['No picture any more', true]]);
  });

  it('somebody else writes the value that stood there before, and we write it too: what that replaced is told', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const base = await see(tracker, ref);
    at().control.advance(5000);
    at().control.editIssue(ref, { summary: 'By Dana' }, DANA);
    const { replaced } = await tracker.apply(ref, base, { fields: { summary: 'Printer' }, known: {} }, call);
    expect(replaced).toEqual({ summary: 'By Dana' });
  });

  it('an assignee whom we replace is told as a fetch shows them', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    at().control.addUser({ email: 'zoe@acme.example', displayName: 'Zoe Zed' });
    const base = await see(tracker, ref);
    at().control.editIssue(ref, { assignee: 'zoe@acme.example' }, DANA);
    const { assignee } = (await see(tracker, ref)).fields;
    at().control.clearRequests();
    expect((await tracker.apply(ref, base, { fields: { assignee: DANA }, known: {} }, call)).replaced).toEqual({ assignee });
    const people = () =>
      at()
        .control.requests()
        .filter(({ path }) => path.endsWith('/user')).length;
    expect(people()).toBe(1);
    at().control.advance(5000);
    await tracker.apply(ref, await see(tracker, ref), { fields: { summary: 'Later' }, known: {} }, call);
    // Nobody else has changed it since: nobody has to be looked up.
    await tracker.apply(ref, await see(tracker, ref), { fields: { assignee: 'zoe@acme.example' }, known: {} }, call);
    expect(people()).toBe(1);
  });

  it('the status is already the one that is wanted', async () => {
    const tracker = open();
    const { id } = at().control.createIssue({ project: 'OPS', type: 'Task', summary: 'Server' }, DANA);
    const base = await see(tracker, id);
    at().control.editIssue(id, { status: 'In Progress' }, DANA);
    await tracker.apply(id, base, { fields: { status: 'In Progress' }, known: {} }, call);
    expect((await see(tracker, id)).fields.status).toBe('In Progress');
  });

  if (cloud)
    it('a file’s content is gone: the issue goes on without it', async () => {
      const tracker = open();
      const ref = newIssue();
      const picture: RichText = {
        type: 'root',
        children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'g:1', name: 'a.png', inline: true }] }],
      };
      await tracker.apply(ref, await see(tracker, ref), adding(picture, [upload('g:1', 'a.png', 'png', 'image/png')]), call);
      for (const status of [404, 403]) {
        at().control.addFault({
          kind: 'status',
          method: 'GET',
          path: '/attachment/content',
          status,
          times: 1e9,
          body: { errorMessages: ['Gone.'], errors: {} },
        });
        const { files, comments } = await see(open(), ref);
        expect([files.map(({ name }) => name), comments.length]).toEqual([['a.png'], 1]);
        at().control.clearFaults();
      }
      expect((await see(open(), ref)).files[0]?.comment).not.toBeNull();
    });
});

describe.each(['cloud', 'data-center'] as const)('what Jira refuses or does not say (%s)', (deployment) => {
  const { at, open, newIssue } = simulated(deployment);

  it('a status that is refused after the description was written takes no file from it', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const inline = { type: 'attachmentRef', file: 'g:1', name: 'a.png', inline: true } as const;
    const description: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'text', value: 'Look ' }, inline] }] };
    const change = { fields: { description, status: 'Nowhere' }, files: [upload('g:1', 'a.png', 'png', 'image/png')], known: {} };
    expect(await failure(tracker.apply(ref, await see(tracker, ref), change, call))).toMatchObject({ kind: 'unavailable', inDoubt: true });
    expect((await see(tracker, ref)).files.map(({ name }) => name)).toEqual(['a.png']);
  });

  it('a page is no success: deleting a comment or a file, changing the status, linking', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const { comment, files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('x'), [upload('g:1', 'a.txt', 'a')]), call);
    const base = await see(tracker, ref);
    const page = { kind: 'status', status: 200, body: '<!doctype html><title>Log in</title>', type: 'text/html' } as const;
    at().control.addFault({ ...page, method: 'DELETE', times: 9 });
    at().control.addFault({ ...page, method: 'POST', path: '/transitions', times: 9 });
    for (const change of [{ comment: { do: 'delete' as const, id: comment ?? '' } }, { deleteFile: files[0]?.id ?? '' }, { fields: { status: 'Done' } }])
      expect(await failure(tracker.apply(ref, base, { ...change, known: {} }, call)), JSON.stringify(change)).toMatchObject({ inDoubt: true });
    at().control.addFault({ ...page, method: 'POST', path: '/remotelink' });
    const link = { marker: 'm:1', title: 'acme-1', url: 'https://acme.example/1' };
    expect(await failure(tracker.backLink?.(ref, link, call) ?? Promise.resolve())).toMatchObject({ kind: 'protocol' });
    at().control.clearFaults();
    const { comments, files: left, fields } = await see(tracker, ref);
    expect([comments.length, left.length, fields.status]).toEqual([1, 1, base.fields.status]);
  });

  it('nobody is assigned whose address only begins alike', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    at().control.addUser({ email: 'kim@acme.example.org', displayName: 'Kim Other' });
    const assigning = tracker.apply(ref, await see(tracker, ref), { fields: { assignee: 'kim@acme.example' }, known: {} }, call);
    expect(await failure(assigning)).toMatchObject({ kind: 'rejected', field: 'assignee' });
    expect((await see(tracker, ref)).fields.assignee).toBeNull();
  });
});
