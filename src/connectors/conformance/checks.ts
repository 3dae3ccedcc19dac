import { backLinks } from './checks/back-links.ts';
import { budget } from './checks/budget.ts';
import { comments } from './checks/comments.ts';
import { creation } from './checks/creation.ts';
import { faults } from './checks/faults.ts';
import { feed } from './checks/feed.ts';
import { files } from './checks/files.ts';
import { identity } from './checks/identity.ts';
import { text } from './checks/text.ts';
import { webhook } from './checks/webhook.ts';
import { writes } from './checks/writes.ts';
import type { Check } from './stage.ts';

/** Everything that a connector must hold, in the order in which it is run. */
export const CHECKS: readonly Check[] = [
  ...identity,
  ...creation,
  ...text,
  ...writes,
  ...comments,
  ...files,
  ...feed,
  ...webhook,
  ...backLinks,
  ...faults,
  ...budget,
];
