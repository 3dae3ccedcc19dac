import { backLinking } from './back-links.ts';
import { commenting } from './comments.ts';
import { creation } from './creation.ts';
import { failing, wasteful } from './faults.ts';
import { feeds, hooks } from './feed.ts';
import { filing } from './files.ts';
import { identity, text } from './identity.ts';
import type { Broken } from './tools.ts';
import { writes } from './writes.ts';

/** Connectors that the suite must not let pass: at least one for each check. */
export const BROKEN: readonly Broken[] = [
  ...identity,
  ...creation,
  ...text,
  ...writes,
  ...commenting,
  ...filing,
  ...feeds,
  ...hooks,
  ...backLinking,
  ...failing,
  ...wasteful,
];
