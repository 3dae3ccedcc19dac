import { describe, expect, it } from 'vitest';
import { call } from '../tools.ts';
import { simulated } from './simulated.ts';

describe('the GitLab connector on the simulator', () => {
  const { at, open, newIssue, requests } = simulated();

  describe('webhooks', () => {
    const deliver = async (work: () => unknown) => {
      at().control.clearDeliveries();
      work();
      await at().control.settled();
      return at().control.deliveries();
    };

    it('are registered in each project, for issues, comments and internal notes, and confidential issues only where they are synchronised', async () => {
      const url = 'http://127.0.0.1:1/hooks/1';
      const tracker = open({ projects: 'acme/web, acme/ops' });
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      expect(
        at()
          .control.hooks()
          .map(({ events }) => [
            events.issues_events,
            events.note_events,
            events.confidential_note_events,
            events.confidential_issues_events,
            events.push_events,
          ]),
      ).toEqual([
        [true, true, true, false, false],
        [true, true, true, false, false],
      ]);
      expect(await tracker.webhook?.register(url, known, call)).toEqual(known);
      expect(await requests(async () => tracker.webhook?.register(url, known, call))).toEqual(['GET /hooks', 'GET /hooks']);
      const moved = await tracker.webhook?.register('http://127.0.0.1:1/hooks/2', known, call);
      expect(moved).toEqual(known);
      expect(
        at()
          .control.hooks()
          .map((hook) => hook.url),
      ).toEqual(['http://127.0.0.1:1/hooks/2', 'http://127.0.0.1:1/hooks/2']);
      await open({ projects: 'acme/web', confidential: 'include' }).webhook?.register('http://127.0.0.1:1/hooks/2', known, call);
      expect(at().control.hooks()[0]?.events.confidential_issues_events).toBe(true);
      at().control.hooks().length = 0;
    });

    it('of a GitLab that does not sign are known by their secret token, and become signed when it does', async () => {
      at().control.setSettings({ webhookSigning: false });
      const tracker = open();
      const url = 'http://127.0.0.1:1/hooks/1';
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      expect(known.key).toBeUndefined();
      const verify = (headers: Record<string, string>) => tracker.webhook?.verify({ headers, body: Buffer.from('{}') }, known, Date.now());
      expect(verify({ 'x-gitlab-token': known.token ?? '' })).toBe(true);
      expect([verify({ 'x-gitlab-token': `${known.token}x` }), verify({ 'x-gitlab-token': '' }), verify({})]).toEqual([false, false, false]);
      at().control.setSettings({ webhookSigning: true });
      const signed = (await tracker.webhook?.register(url, known, call)) ?? {};
      expect(signed.key).toMatch(/^whsec_/);
      const unsigned = { headers: { 'x-gitlab-token': signed.token ?? '' }, body: Buffer.from('{}') };
      expect(tracker.webhook?.verify(unsigned, signed, Date.now()), 'the token alone, once there is a key').toBe(false);
      at().control.hooks().length = 0;
    });

    it('that GitLab has given up are made anew', async () => {
      const tracker = open();
      const url = 'http://127.0.0.1:1/hooks/1';
      at().control.setDeliveries({ retryDelaysMs: [] });
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      const { urn } = newIssue();
      for (let i = 0; i < 6; i += 1) await deliver(() => at().control.editIssue(urn, { title: `T${i}` }));
      expect(at().control.deliveries(), 'left out for a while').toEqual([]);
      for (let i = 0; i < 40; i += 1) {
        at().control.advance(86_400_001);
        await deliver(() => at().control.editIssue(urn, { title: `U${i}` }));
      }
      expect(at().control.hooks()[0]?.disabled).toBe(true);
      const renewed = (await tracker.webhook?.register(url, known, call)) ?? {};
      expect(renewed).not.toEqual(known);
      expect(
        at()
          .control.hooks()
          .map(({ disabled }) => disabled),
      ).toEqual([false]);
      at().control.hooks().length = 0;
    });

    it('name the issue of an issue’s, a task’s and a comment’s event, and nothing of other events', () => {
      const { webhook } = open();
      const hints = (event: unknown) => webhook?.hints(Buffer.from(JSON.stringify(event))).map(({ ref }) => ref);
      const object_attributes = { iid: 7, project_id: 5, id: 1 };
      expect(hints({ object_kind: 'issue', object_attributes })).toEqual(['5:7']);
      expect(hints({ object_kind: 'work_item', object_attributes })).toEqual(['5:7']);
      expect(hints({ object_kind: 'note', object_attributes: { id: 9, project_id: 5 }, issue: { iid: 8, project_id: 5 } })).toEqual(['5:8']);
      expect(hints({ object_kind: 'note', object_attributes: { id: 9 }, merge_request: { iid: 8 } })).toEqual([]);
      expect(hints({ object_kind: 'merge_request', object_attributes })).toEqual([]);
    });
  });
});
