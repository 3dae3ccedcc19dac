import { expect } from 'vitest';
import { same } from '../../../core/replica.ts';
import { always, type Check, paragraph, refusal, type Stage } from '../stage.ts';

async function gone(stage: Stage, ref: string): Promise<'gone' | 'not-found' | 'there'> {
  try {
    return (await stage.tracker.fetch(ref, stage.call)) === 'gone' ? 'gone' : 'there';
  } catch (error) {
    await refusal(Promise.reject(error), 'not-found', 'fetching what a human deleted');
    return 'not-found';
  }
}

export const identity: readonly Check[] = [
  {
    id: 'capabilities-as-declared',
    title: 'an open tracker has the capabilities that its connector declares',
    needs: always,
    async run({ tracker, world }) {
      expect(tracker.capabilities).toEqual(world.capabilities);
      if (world.capabilities.files.add !== 'none') expect(tracker.files, 'files can be added, so they can be opened').toBeDefined();
      if (world.capabilities.webhooks) expect(tracker.webhook, 'webhooks are declared').toBeDefined();
      else expect(tracker.webhook, 'webhooks are not declared').toBeUndefined();
      expect(!!tracker.backLink, 'back-links, as declared').toBe(world.capabilities.backLinks);
      expect(!!tracker.sweep, 'a sweep, as the world says (`sweeps`)').toBe(world.sweeps === true);
    },
  },
  {
    id: 'check-says-who-we-are',
    title: 'check names the account and the site, and misses nothing with full permissions',
    needs: always,
    async run({ tracker, call }) {
      const { account, site, missing } = await tracker.check(call);
      expect(account.id, 'account id').not.toBe('');
      expect(account.name, 'account name').not.toBe('');
      expect(site, 'site').not.toBe('');
      expect(missing, 'missing permissions').toEqual([]);
    },
  },
  {
    id: 'check-refuses-bad-credentials',
    title: 'wrong credentials are an auth error, for check and for every other call',
    needs: (w) => !!w.badCredentials,
    async run(stage) {
      const { ref } = await stage.entity();
      const stranger = await stage.world.badCredentials?.();
      if (!stranger) throw new Error('The world has no bad credentials.');
      await refusal(stranger.check(stage.call), 'auth', 'check');
      await refusal(stranger.fetch(ref, stage.call), 'auth', 'fetch');
      await refusal(stranger.changedSince(null, stage.call), 'auth', 'changedSince');
    },
  },
  {
    id: 'check-lists-missing-permissions',
    title: 'check tells what an account with fewer permissions cannot do, in words',
    needs: (w) => !!w.lesser,
    async run(stage) {
      const lesser = await stage.world.lesser?.();
      if (!lesser) throw new Error('The world has no lesser account.');
      const { missing } = await lesser.check(stage.call);
      expect(missing.length, 'number of missing permissions').toBeGreaterThan(0);
      for (const { permission, consequence } of missing) {
        expect(permission, 'name of the permission').toMatch(/\S/);
        expect(consequence, 'what does not work without it').toMatch(/\S \S/);
      }
    },
  },
  {
    id: 'describe-lists-what-can-be-written',
    title: 'describe lists summary, description, types and the choices of each choice field',
    needs: always,
    async run({ tracker, world, call }) {
      const { fields, types } = await tracker.describe(world.scope, call);
      expect(fields.map((f) => f.name)).toEqual(expect.arrayContaining(['summary', 'description']));
      expect(new Set(fields.map((f) => f.name)).size, 'each field once').toBe(fields.length);
      for (const f of fields) if (f.kind === 'choice') expect(f.choices?.length ?? 0, `choices of ${f.name}`).toBeGreaterThan(0);
      for (const type of [world.type, world.otherType]) if (type != null) expect(types, `type ${type}`).toContainEqual({ name: type, creatable: true });
    },
  },
  {
    id: 'find-by-urn-and-url',
    title: 'an entity is found by what people see: its URN, its URL, its ref, with spaces around',
    needs: always,
    async run(stage) {
      const { ref, urn, url } = await stage.entity();
      expect(url).toMatch(/^https?:\/\//);
      expect(urn).toMatch(/^\S(.*\S)?$/);
      for (const typed of [urn, url, `  ${urn} `, ref]) expect(await stage.tracker.find(typed, stage.call), `find ${JSON.stringify(typed)}`).toBe(ref);
    },
  },
  {
    id: 'find-unknown-is-not-found',
    title: 'what no entity is called is not found, and nothing else goes wrong',
    needs: always,
    async run(stage) {
      const { tracker, world, call } = stage;
      const elsewhere = new URL((await stage.entity()).url);
      elsewhere.host = 'elsewhere.example';
      const wrong = [
        '',
        ' ',
        'no such thing',
        '../../etc/passwd',
        'a?b#c',
        '💥',
        '-1',
        'https://elsewhere.example/browse/X-1',
        'javascript:alert(1)',
        elsewhere.href,
        world.unknownRef,
      ];
      for (const typed of wrong) await refusal(tracker.find(typed, call), 'not-found', `find ${JSON.stringify(typed)}`);
    },
  },
  {
    id: 'fetch-unknown-is-not-a-snapshot',
    title: 'what does not exist is gone or not found',
    needs: always,
    async run(stage) {
      expect(['gone', 'not-found']).toContain(await gone(stage, stage.world.unknownRef));
    },
  },
  {
    id: 'fetch-deleted',
    title: 'what a human deleted is gone where the tracker confirms it, else not found',
    needs: (w) => !!w.human.deleteEntity,
    async run(stage) {
      const { ref } = await stage.entity();
      await stage.world.human.deleteEntity?.(ref);
      expect(await gone(stage, ref)).toBe(stage.world.deletion);
    },
  },
  {
    id: 'write-to-deleted-is-not-found',
    title: 'a write to what a human deleted is refused as not found',
    needs: (w) => !!w.human.deleteEntity,
    async run(stage) {
      const base = await stage.entity();
      await stage.world.human.deleteEntity?.(base.ref);
      await refusal(stage.apply(base, { fields: { summary: 'Too late' } }), 'not-found', 'apply');
    },
  },
  {
    id: 'snapshot-is-well-formed',
    title: 'a snapshot has string and rich-text fields, UTC times, and says who wrote it',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const id = await stage.world.human.comment(base.ref, 'By a human.', true);
      const { now } = await stage.comment(await stage.see(base.ref), paragraph('By us.'));
      expect(now.fields.summary).toEqual(expect.any(String));
      expect(now.fields.description).toMatchObject({ type: 'root' });
      expect(now.author).toMatch(/\S/);
      expect(now.byUs, 'a human made it').toBe(false);
      const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
      expect(now.at).toMatch(utc);
      for (const c of now.comments) {
        expect(c.at).toMatch(utc);
        expect(c.author).toMatch(/\S/);
        expect(c.byUs, `byUs of the comment by ${c.author}`).toBe(c.id !== id);
      }
      expect(same(JSON.parse(JSON.stringify(now)), now), 'a snapshot is plain JSON').toBe(true);
    },
  },
];
