import { expect } from 'vitest';
import type { Webhook } from '../../connector.ts';
import { type Check, refusal, type Stage } from '../stage.ts';
import type { ConformanceWorld, Delivered } from '../world.ts';

const can = (w: ConformanceWorld) => w.capabilities.webhooks && !!w.webhook;

interface Notice extends Delivered {
  readonly hook: Webhook;
  readonly known: Readonly<Record<string, string>>;
  readonly ref: string;
  readonly now: number;
}

async function notice(stage: Stage): Promise<Notice> {
  const { webhook } = stage.world;
  const hook = stage.tracker.webhook;
  if (!webhook || !hook) throw new Error('There is no webhook.');
  const { ref } = await stage.entity();
  const known = await hook.register(webhook.url, {}, stage.call);
  const delivered = await webhook.capture(() => stage.world.human.edit(ref, { summary: `Noticed ${stage.word()}` }));
  return { ...delivered, hook, known, ref, now: stage.world.now() };
}

/** The secret's first character moved to the end, and one more; other things that are remembered stay. */
const otherSecret = (known: Notice['known']) =>
  Object.fromEntries(Object.entries(known).map(([name, value]) => [name, `${value.slice(1)}${value.slice(0, 1)}x`]));

export const webhook: readonly Check[] = [
  {
    id: 'webhook-good-is-accepted',
    title: 'a delivery as the tracker sends it is accepted, and names the entity that changed',
    needs: can,
    async run(stage) {
      const { hook, known, headers, body, ref, now } = await notice(stage);
      expect(hook.verify({ headers, body }, known, now)).toBe(true);
      expect(hook.hints(body).map((h) => h.ref)).toContain(ref);
    },
  },
  {
    id: 'webhook-bad-signature-is-refused',
    title: 'a changed body, a changed, missing or foreign signature, and an unknown secret are refused',
    needs: can,
    async run(stage) {
      const { hook, known, headers, body, now } = await notice(stage);
      expect(hook.verify({ headers, body }, known, now), 'the delivery as it came').toBe(true);
      const changed = Buffer.from(body);
      changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
      expect(hook.verify({ headers, body: changed }, known, now), 'a changed body').toBe(false);
      expect(hook.verify({ headers, body: Buffer.concat([body, Buffer.from(' ')]) }, known, now), 'a longer body').toBe(false);
      expect(hook.verify({ headers: {}, body }, known, now), 'no headers').toBe(false);
      expect(hook.verify({ headers, body }, {}, now), 'nothing remembered').toBe(false);
      expect(hook.verify({ headers, body }, otherSecret(known), now), 'another secret').toBe(false);
      const signed = Object.keys(headers).filter((name) => /sign|token/i.test(name) && !/time/i.test(name));
      expect(signed.length, 'headers that carry a signature').toBeGreaterThan(0);
      const lied = signed.map((name) => [name, 'x'.repeat(String(headers[name]).length)]);
      expect(hook.verify({ headers: { ...headers, ...Object.fromEntries(lied) }, body }, known, now), 'another signature').toBe(false);
    },
  },
  {
    id: 'webhook-old-is-refused',
    title: 'a delivery of an hour ago, or from the future, is refused',
    needs: (w) => can(w) && !!w.webhook?.timestamped,
    async run(stage) {
      const { hook, known, headers, body, now } = await notice(stage);
      expect(hook.verify({ headers, body }, known, now + 3_600_000), 'an hour later').toBe(false);
      expect(hook.verify({ headers, body }, known, now - 3_600_000), 'an hour earlier').toBe(false);
    },
  },
  {
    id: 'webhook-nonsense-gives-no-hints',
    title: 'a body that is no notice gives no hints, or is refused as not understood',
    needs: (w) => w.capabilities.webhooks,
    async run({ tracker }) {
      for (const body of ['', '{}', '[]', 'null', '"x"', 'not json', '{"ticket":{"id":{}}}', '\u0000']) {
        try {
          expect(tracker.webhook?.hints(Buffer.from(body)), `hints of ${JSON.stringify(body)}`).toEqual([]);
        } catch (error) {
          await refusal(Promise.reject(error), 'protocol', `hints of ${JSON.stringify(body)}`);
        }
      }
    },
  },
  {
    id: 'webhook-registered-once',
    title: 'registering again with what is remembered finds the same webhook, and its notices still verify',
    needs: can,
    async run(stage) {
      const { hook, known, ref } = await notice(stage);
      const { webhook: target, human } = stage.world;
      if (!target) throw new Error('There is no webhook.');
      expect(await hook.register(target.url, known, stage.call)).toEqual(known);
      const { headers, body } = await target.capture(() => human.edit(ref, { summary: `Again ${stage.word()}` }));
      expect(hook.verify({ headers, body }, known, stage.world.now())).toBe(true);
    },
  },
];
