import { docOf } from '../../core/rich-text/index.ts';
import type { ConformanceWorld, FaultName } from '../conformance/index.ts';
import type { Tracker } from '../connector.ts';
import type { FaultKind, FaultOptions } from './faults.ts';
import { type MemoryProfile, MemoryTrackerServer, openMemory } from './index.ts';

const FAULTS: Partial<Record<FaultName, FaultKind>> = {
  unauthorized: 'auth',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  'rate-limited': 'rate-limited',
  'server-error': 'unavailable',
  overloaded: 'unavailable',
  'time-out': 'unavailable',
  html: 'protocol',
};

/** The memory tracker in the hands of the conformance suite. `wrap` is for tests of the suite: a tracker that does something wrong. */
export function memoryWorld(
  profile: MemoryProfile,
  wrap: (tracker: Tracker, server: MemoryTrackerServer) => Tracker = (t) => t,
): ConformanceWorld & { readonly server: MemoryTrackerServer } {
  let now = Date.UTC(2024, 1, 29, 12);
  const server = new MemoryTrackerServer({ name: 'acme', profile, clock: { now: () => now }, token: 'right' });
  server.readers.add('reader');
  const { human } = server;
  const open = (token: string) => wrap(openMemory(server, token), server);
  const { capabilities: can } = profile;
  // Creating with a second call for the marker, and one call for each part, is what such a platform costs.
  const { oneWrite, journal, compareAndSet, exactVersions, comments, entityMarker } = can;
  const looks = journal && !(compareAndSet && exactVersions) ? 1 : 0;
  const marks = comments.marker === 'after' ? 1 : 0;
  return {
    server,
    capabilities: can,
    async open({ feedPage = 100 } = {}) {
      server.feedPage = feedPage;
      return open('right');
    },
    now: () => now,
    async pass(ms) {
      now += ms;
    },
    timeIsFree: true,
    feedDelayMs: 0,
    scope: profile.scopes[0]?.id ?? null,
    type: profile.types[0] ?? null,
    ...(profile.types[1] === undefined ? {} : { otherType: profile.types[1] }),
    unknownRef: '999999999',
    deletion: 'gone',
    feedShowsDeletions: true,
    sweeps: true,
    human: {
      create: async ({ summary, description }) => human.create({ fields: { summary, description: docOf(description) } }),
      edit: async (ref, { summary, description }) =>
        human.edit(ref, { ...(summary === undefined ? {} : { summary }), ...(description === undefined ? {} : { description: docOf(description) }) }),
      comment: async (ref, text, isPublic) => human.comment(ref, text, { public: isPublic }),
      ...(can.comments.edit ? { editComment: async (ref, id, text) => human.editComment(ref, id, text) } : {}),
      ...(can.comments.delete ? { deleteComment: async (ref, id) => human.deleteComment(ref, id) } : {}),
      ...(can.comments.hide ? { setPublic: async (ref, id, isPublic) => human.setPublic(ref, id, isPublic) } : {}),
      conceal: async (ref, id) => human.conceal(ref, id, true),
      deleteEntity: async (ref) => human.deleteEntity(ref),
      ...(can.backLinks ? { links: async (ref) => [...server.living(ref).links.values()] } : {}),
      ...(can.files.add === 'entity' ? { addFile: async (ref, file) => void human.addFile(ref, file) } : {}),
      ...(can.files.add === 'comment' ? { addFile: async (ref, file) => void human.comment(ref, 'See the file.', { files: [file] }) } : {}),
    },
    faults: ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'time-out', 'html', 'refused', 'drop-after-commit'],
    async fault(name, on) {
      const options: FaultOptions = { on, times: Number.POSITIVE_INFINITY };
      const kind = FAULTS[name];
      if (name === 'refused') server.paused = true;
      else if (name === 'drop-after-commit') for (const write of ['insert', 'update'] as const) server.failNext('commit-then-drop', { on: write });
      else if (kind) server.failNext(kind, options);
    },
    async calm() {
      server.calm();
    },
    badCredentials: async () => open('wrong'),
    lesser: async () => open('reader'),
    ...(can.webhooks
      ? {
          webhook: {
            url: 'https://node.example/hooks/1',
            timestamped: true,
            async capture(cause) {
              const before = server.hooks.sent.length;
              await cause();
              const sent = server.hooks.sent[before];
              if (!sent) throw new Error('Nothing was delivered.');
              return sent;
            },
          },
        }
      : {}),
    budget: {
      fetch: 1,
      field: 1 + looks,
      comment: 1 + marks,
      fieldAndComment: (oneWrite ? 1 : 2) + looks + marks,
      commentWithFile: 2 + marks,
      create: 3 + (entityMarker === 'after' ? 1 : 0),
      idleFeed: 1,
    },
  };
}
