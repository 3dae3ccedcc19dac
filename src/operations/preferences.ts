import type { Instance } from '../engine/ports.ts';

/** What the admins of an instance have chosen, with what holds where they have not. */
export function preferencesOf({ preferences = {} }: Instance) {
  return {
    reach: preferences.reach ?? ('public' as const),
    whoMayConnect: preferences.whoMayConnect ?? ('anyone' as const),
    allowList: [...(preferences.allowList ?? [])],
    timeZone: preferences.timeZone ?? 'UTC',
  };
}
