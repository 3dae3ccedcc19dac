import { describe } from 'vitest';
import { testConnector } from '../src/connectors/conformance/index.ts';
import { redmine } from '../src/connectors/redmine/index.ts';
import { realTrackers } from './real/redmine.ts';
import { redmineWorld } from './worlds/redmine.ts';

if (!realTrackers) console.warn('REAL=0: the checks against two real Redmine servers are left out (counted as skipped).');

describe.skipIf(!realTrackers)('real Redmine', () => {
  testConnector({ name: 'redmine 5.0 (Textile)', connector: redmine, world: redmineWorld('textile') });
  testConnector({ name: 'redmine 5.0 (Markdown)', connector: redmine, world: redmineWorld('markdown') });
});
