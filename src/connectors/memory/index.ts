import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { Connector, Tracker } from '../connector.ts';
import { MemoryTracker } from './tracker.ts';
import type { MemoryTrackerServer } from './world.ts';

export { type MemoryProfile, PROFILES, type ProfileName } from './profiles.ts';
export { MemoryTrackerServer } from './world.ts';

const settings = z.object({ server: z.string().min(1), token: z.string().optional() });
export type MemorySettings = z.infer<typeof settings>;

/** Servers that settings can name. Nothing is entered by itself. */
export const memoryServers = new Map<string, MemoryTrackerServer>();

/** An account on a server, without settings. */
export const openMemory = (server: MemoryTrackerServer, token: string | null = null): Tracker => new MemoryTracker(server, token);

/** The reference connector: a tracker in this process's memory. For tests, and the example to copy. */
export const memory: Connector<MemorySettings> = {
  id: 'memory',
  name: 'Memory',
  nouns: { entity: 'entry', entities: 'entries', scope: 'scope' },
  settings,
  secrets: ['token'],
  examples: [],
  open(given) {
    const server = memoryServers.get(given.server);
    if (!server) throw new TrackerError('unavailable', `There is no memory tracker named “${given.server}” in this process.`);
    return openMemory(server, given.token ?? null);
  },
};
