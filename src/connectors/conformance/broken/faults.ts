import { TrackerError } from '../../../core/tracker-error.ts';
import { type Broken, but, mapErrors, swallow, withKind } from './tools.ts';

const FAULTS = ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'html', 'time-out', 'refused'];

export const failing: readonly Broken[] = [
  {
    what: 'says “gone” whenever a fetch fails',
    caughtBy: FAULTS.map((f) => `fault-${f}-on-reading`),
    wrap: (t) => but(t, { fetch: (ref, call) => t.fetch(ref, call).catch(() => 'gone' as const) }),
  },
  {
    what: 'says “gone” on 403',
    caughtBy: ['fault-forbidden-on-reading'],
    wrap: (t) =>
      but(t, {
        fetch: (ref, call) => t.fetch(ref, call).catch((e) => (e instanceof TrackerError && e.kind === 'forbidden' ? ('gone' as const) : Promise.reject(e))),
      }),
  },
  {
    what: 'takes a failed write for done',
    caughtBy: FAULTS.map((f) => `fault-${f}-on-writing`),
    wrap: swallow(['auth', 'forbidden', 'not-found', 'rate-limited', 'unavailable', 'protocol']),
  },
  {
    what: 'is never in doubt',
    caughtBy: [
      'fault-server-error-on-writing',
      'fault-time-out-on-writing',
      'fields-dropped-after-commit',
      'create-dropped-after-commit-is-found',
      'comment-dropped-after-commit-is-found',
    ],
    wrap: mapErrors((e) => withKind(e, e.kind)),
  },
  {
    what: 'is always in doubt',
    caughtBy: ['fault-forbidden-on-writing', 'fault-refused-on-writing', 'fault-rate-limited-on-writing'],
    wrap: mapErrors((e) => new TrackerError(e.kind, e.message, { inDoubt: true })),
  },
  { what: 'does not say when to come back', caughtBy: ['fault-rate-limited-on-reading'], wrap: mapErrors((e) => withKind(e, e.kind)) },
  {
    what: 'goes on with a call that was given up',
    caughtBy: ['given-up-call-does-nothing'],
    wrap: (t) => {
      const call = { signal: new AbortController().signal, priority: 'normal' } as const;
      return but(t, { fetch: (ref) => t.fetch(ref, call), apply: (ref, base, c) => t.apply(ref, base, c, call) });
    },
  },
];

export const wasteful: readonly Broken[] = [
  {
    what: 'asks for everything twice',
    caughtBy: ['calls-fetch', 'calls-field', 'calls-comment', 'calls-field-and-comment', 'calls-comment-with-file', 'calls-create', 'calls-idle-feed'],
    wrap: (t) =>
      but(t, {
        fetch: async (ref, call) => {
          await t.fetch(ref, call);
          return t.fetch(ref, call);
        },
        apply: async (ref, base, c, call) => {
          const done = await t.apply(ref, base, c, call);
          for (let i = 0; i < 2; i++) await t.fetch(ref, call);
          return done;
        },
        create: async (d, m, call) => {
          const done = await t.create(d, m, call);
          await t.fetch(done.snapshot.ref, call);
          return done;
        },
        changedSince: async (c, call) => {
          await t.changedSince(c, call);
          return t.changedSince(c, call);
        },
      }),
  },
  {
    what: 'does not tell of its requests',
    caughtBy: ['calls-fetch', 'calls-create'],
    wrap: (t) =>
      but(t, {
        fetch: (ref, call) => t.fetch(ref, { signal: call.signal, priority: call.priority }),
        create: (d, m, call) => t.create(d, m, { signal: call.signal, priority: call.priority }),
      }),
  },
];
