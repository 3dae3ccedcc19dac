import { type Hub, repoOf, stamp } from './hub.ts';
import type { Comment, HubEvent, Issue, User } from './model.ts';

/** Who does something, and by which way. */
export interface Actor {
  user: User;
  viaApp: boolean;
}

export function touch(hub: Hub, issue: Issue): void {
  issue.updated_at = stamp(hub);
}

/** Adds an entry to the history of an issue. */
export function record(hub: Hub, issue: Issue, event: string, actor: Actor, more: Record<string, unknown> = {}): void {
  hub.happenings.push({ id: hub.nextId(), issue: issue.id, event, actor: actor.user.id, created_at: stamp(hub), viaApp: actor.viaApp, more });
}

/** Tells the webhooks. */
export function tell(
  hub: Hub,
  actor: Actor,
  name: HubEvent['name'],
  action: string,
  issue: Issue,
  more: Record<string, unknown> = {},
  comment?: Comment,
): void {
  // Pull requests have events of their own, except for their conversation and (as in the vendor's examples) their milestone.
  if (issue.pull && name === 'issues' && !action.endsWith('milestoned')) return;
  const event: HubEvent = {
    name,
    action,
    repo: repoOf(hub, issue.repo),
    issue,
    actor: actor.user,
    viaApp: actor.viaApp,
    more,
    ...(comment ? { comment } : {}),
  };
  for (const listener of hub.listeners) listener(event);
}
