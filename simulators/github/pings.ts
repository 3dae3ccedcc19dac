import { type Hub, stamp, urnOf } from './hub.ts';
import type { Happening, Issue, Repo, User } from './model.ts';
import { nameOf } from './references.ts';
import { render } from './render.ts';

/** Notifies those whom a text newly names, and links the issues that it newly names, as the vendor does for new and for edited texts. */
export function notePings(hub: Hub, repo: Repo, issue: Issue, actor: User, before: string | null, after: string | null): void {
  const known = new Set(before ? render(hub, repo, before).targets.map((target) => nameOf(hub, target)) : []);
  const where = urnOf(hub, issue);
  for (const target of after ? render(hub, repo, after).targets : []) {
    const name = nameOf(hub, target);
    // Nobody is told of a mention of their own, and an issue does not refer to itself.
    if (known.has(name) || name === where || name === actor.login) continue;
    known.add(name);
    hub.pings.push({ kind: target.kind, target: name, where, by: actor.login, at: stamp(hub) });
    if (target.kind === 'reference') hub.happenings.push(crossReference(hub, issue, target.issue, actor));
  }
}

const crossReference = (hub: Hub, from: Issue, to: Issue, actor: User): Happening => ({
  id: hub.nextId(),
  issue: to.id,
  event: 'cross-referenced',
  actor: actor.id,
  created_at: stamp(hub),
  viaApp: false,
  more: { source: from.id },
});
