import type { Party } from '../party.ts';
import { githubParty } from './github.ts';
import { gitlabParty } from './gitlab.ts';
import { jiraParty } from './jira.ts';
import { redmineParty } from './redmine.ts';
import { rtParty } from './rt.ts';
import { zendeskParty } from './zendesk.ts';

/** Every tracker that has a connector, by the connector's id; each call starts one. */
export const PARTIES: Readonly<Record<string, () => Promise<Party>>> = {
  zendesk: zendeskParty,
  jira: jiraParty,
  github: githubParty,
  gitlab: gitlabParty,
  redmine: () => redmineParty('textile'),
  rt: rtParty,
};

/** Those that are real servers: left out with `REAL=0`. */
export const REAL: ReadonlySet<string> = new Set(['redmine', 'rt']);

const NAMES = Object.keys(PARTIES);
/** Every two of them, once. */
export const PAIRS: readonly (readonly [string, string])[] = NAMES.flatMap((a, n) => NAMES.slice(n + 1).map((b) => [a, b] as const));
