import { describe } from 'vitest';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import { rt } from '../../src/connectors/rt/index.ts';
import { realTrackers } from '../real/server.ts';
import { rtWorld } from '../worlds/rt.ts';

if (!realTrackers) console.warn('REAL=0: the checks against a real Request Tracker are left out (counted as skipped).');

describe.skipIf(!realTrackers)('Request Tracker 5, real', () => {
  testConnector({ name: 'rt 5.0, real server', connector: rt, world: rtWorld() });
});
