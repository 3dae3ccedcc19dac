import type { ProfileName } from '../../src/connectors/memory/index.ts';
import type { SyncRule } from '../../src/core/sync-rule.ts';
import type { ScenarioName } from './history.ts';

interface Shown {
  readonly scenario: ScenarioName;
  readonly platforms?: readonly ProfileName[];
  /** Enough histories to meet the violation: at least 1.7 times as many as it took when the number was chosen. */
  readonly runs: number;
  /** Default 77. */
  readonly seed?: number;
  /** Counts what is otherwise excused, because the engine announces it: the rule makes it rare. */
  readonly strict?: boolean;
}

/** Where a history goes wrong without the rule. */
export const SHOWN: Readonly<Partial<Record<SyncRule, Shown>>> = {
  intents: { scenario: 'comments', runs: 50 },
  noteId: { scenario: 'comments', platforms: ['poor'], seed: 82, runs: 250 },
  marker: { scenario: 'comments', platforms: ['jira'], runs: 200, strict: true },
  matchContent: { scenario: 'comments', platforms: ['poor'], runs: 200, strict: true },
  matchAuthor: { scenario: 'comments', runs: 1500 },
  adoptShadow: { scenario: 'comments', platforms: ['jira', 'redmine', 'poor'], seed: 91, runs: 1000 },
  confirmGone: { scenario: 'comments', runs: 6000 },
  originRules: { scenario: 'comments', platforms: ['jira'], seed: 78, runs: 250 },
  tombstones: { scenario: 'comments', runs: 6000 },
  differ: { scenario: 'comments', runs: 2000 },
  withdraw: { scenario: 'comments', runs: 3000 },
  noInternal: { scenario: 'comments', platforms: ['github', 'jira'], runs: 200 },
  journal: { scenario: 'fields', runs: 1500 },
  partialWrite: { scenario: 'fields', runs: 100 },
  keep: { scenario: 'fields', runs: 6000 },
  refuse: { scenario: 'fields', runs: 500 },
  applyFirst: { scenario: 'fields', runs: 50 },
  holdSilent: { scenario: 'policy', runs: 100 },
  adoptUnmarked: { scenario: 'creation', platforms: ['poor', 'jira'], runs: 4000 },
  tree: { scenario: 'topology', runs: 50 },
  offCheck: { scenario: 'off', runs: 1000 },
  activateScan: { scenario: 'off', runs: 200 },
  regress: { scenario: 'restore', runs: 500 },
  peerIds: { scenario: 'restore', runs: 5000 },
  hints: { scenario: 'restore', runs: 5000 },
  recoverFirst: { scenario: 'topology', platforms: ['poor', 'redmine'], seed: 88, runs: 3000 },
  recoverAll: { scenario: 'topology', platforms: ['poor'], seed: 88, runs: 1500 },
  createLooks: { scenario: 'restore', platforms: ['poor'], seed: 88, runs: 2000 },
};

/** Rules whose absence 8,000 to 16,000 histories of their scenario did not show, and what stands in for them as far as we can tell. */
export const NOT_SHOWN: Readonly<Partial<Record<SyncRule, string>>> = {
  doubt: 'what it saves is at risk only where a write was cut off, which is announced and excused either way',
  unreadable: 'a replica that changes a concealed comment is rare; the shadow keeps the difference, and the next look sends it again',
  originDeletes: 'a copy that was deleted here is traced with its twin, whose view leaves it out as well',
  redirty: 'the apply that follows a cancelled flight finds our own news and keeps the twin dirty',
  maskAck: 'a decision that falls into a flight is followed by a send that finds it',
  adoptEntity: 'the twin of an entity is stored in the transaction in which it is created, so that the feed meets an unclaimed one only after a crash',
  defer: 'as for adoptEntity; the feed is read again after the creation is settled',
  serialCreate: 'needs two creations in doubt at once on a tracker without atomic markers',
  noReplace: 'a creation and its replica are settled in one run under the lease; a repeat meets it only between two transactions',
  noNews: 'as for noReplace',
  linkId: 'the id of a linked twin is the same from both sides by construction; the second check only catches a race of two people',
  helloAll: 'needs a restore of a middle node between two sends of one entity',
  mendFirst: 'needs a restore of a middle node while a flight to it is out',
  ownGid: 'needs a restore that forgets a comment of ours which the peer then edits',
};
