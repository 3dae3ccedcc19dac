/**
 * The names of the rules that make the sync hold (docs/sync-rules.md says what each is for). Every one of them was found by a failing
 * history, and the model test proves that each is still needed: it switches one off and must then find a violation. Nothing else ever calls `switchOff`.
 */
export const SYNC_RULES = [
  'recoverFirst',
  'recoverAll',
  'noteId',
  'marker',
  'matchContent',
  'matchAuthor',
  'adoptShadow',
  'confirmGone',
  'unreadable',
  'originDeletes',
  'originRules',
  'tombstones',
  'withdraw',
  'noInternal',
  'differ',
  'partialWrite',
  'journal',
  'doubt',
  'keep',
  'refuse',
  'applyFirst',
  'redirty',
  'holdSilent',
  'maskAck',
  'noReplace',
  'noNews',
  'intents',
  'createLooks',
  'adoptEntity',
  'defer',
  'serialCreate',
  'adoptUnmarked',
  'tree',
  'linkId',
  'offCheck',
  'activateScan',
  'regress',
  'helloAll',
  'peerIds',
  'hints',
  'mendFirst',
  'ownGid',
] as const;
export type SyncRule = (typeof SYNC_RULES)[number];

const off = new Set<SyncRule>();

export const on = (rule: SyncRule): boolean => !off.has(rule);

/** For the model test only. */
export function switchOff(rules: readonly SyncRule[]): void {
  off.clear();
  for (const rule of rules) off.add(rule);
}
