import { testConnector } from '../conformance/index.ts';
import { memoryWorld } from './conformance-world.ts';
import { memory, PROFILES } from './index.ts';

for (const [name, profile] of Object.entries(PROFILES)) testConnector({ name: `memory as ${name}`, connector: memory, world: memoryWorld(profile) });
