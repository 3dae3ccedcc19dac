import { invalid } from './errors.ts';
import { record, tell } from './history.ts';
import { type Hub, userNamed, userOf } from './hub.ts';
import type { MemberChange } from './issue-changes.ts';
import type { Issue, IssueType, Label, Repo } from './model.ts';
import { presentLabel, presentMilestone, presentType } from './present.ts';
import { presentUser } from './present-user.ts';
import { lengthOf, tooLong, written } from './values.ts';

const MAX_LABELS = 100;
const MAX_ASSIGNEES = 10;

/** Replaces the labels. A label that the repository does not have yet is made. */
export function setLabels(hub: Hub, repo: Repo, issue: Issue, names: string[]): MemberChange {
  if (names.length > MAX_LABELS)
    throw invalid({ resource: 'Issue', code: 'custom', field: 'labels', message: `labels is too long (maximum is ${MAX_LABELS})` });
  for (const name of names) checkLabelName(name);
  const before = [...issue.labels];
  const known = names.map((name) => labelNamed(repo, name)?.id);
  return {
    changes: known.some((id) => id === undefined || !before.includes(id)) || before.some((id) => !known.includes(id)),
    apply: () => {
      issue.labels = [...new Set(names.map((name) => (labelNamed(repo, name) ?? addLabel(hub, repo, { name })).id))];
    },
    say(actor) {
      const say = (id: number, word: 'labeled' | 'unlabeled') => {
        const label = repo.labels.find((one) => one.id === id);
        if (!label) return;
        record(hub, issue, word, actor, { label: { name: label.name, color: label.color } });
        tell(hub, actor, 'issues', word, issue, { label: presentLabel(hub, repo, label) });
      };
      for (const id of before) if (!issue.labels.includes(id)) say(id, 'unlabeled');
      for (const id of issue.labels) if (!before.includes(id)) say(id, 'labeled');
    },
  };
}

export const labelNamed = (repo: Repo, name: string): Label | undefined => repo.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());

export function checkLabelName(name: string): void {
  if (name.trim() === '') throw invalid({ resource: 'Label', code: 'missing_field', field: 'name' });
  if (lengthOf(name) > 50) throw invalid({ ...tooLong('Label', 'name', 50), value: name });
}

export function addLabel(hub: Hub, repo: Repo, given: { name: string; color?: string; description?: string | null }): Label {
  const label: Label = { id: hub.nextId(), color: 'ededed', description: null, default: false, ...given };
  repo.labels.push(label);
  return label;
}

/** Whether somebody can be given issues of the repository. */
export const assignable = (repo: Repo, user: number): boolean => repo.owner === user || repo.collaborators.has(user);

/** Replaces the assignees. Refuses people who cannot be assigned. */
export function setAssignees(hub: Hub, repo: Repo, issue: Issue, logins: string[]): MemberChange {
  const wanted = logins.map((login) => {
    const user = userNamed(hub, login);
    if (!user || user.type === 'Organization' || !assignable(repo, user.id))
      throw invalid({ value: login, resource: 'Issue', field: 'assignees', code: 'invalid' });
    return user.id;
  });
  const before = [...issue.assignees];
  const after = [...new Set(wanted)].slice(0, MAX_ASSIGNEES);
  return {
    changes: after.length !== before.length || after.some((id) => !before.includes(id)),
    apply: () => {
      issue.assignees = after;
    },
    say(actor) {
      const say = (id: number, word: 'assigned' | 'unassigned') => {
        const assignee = presentUser(hub, userOf(hub, id));
        record(hub, issue, word, actor, { assignee, assigner: presentUser(hub, actor.user) });
        tell(hub, actor, 'issues', word, issue, { assignee });
      };
      for (const id of before) if (!after.includes(id)) say(id, 'unassigned');
      for (const id of after) if (!before.includes(id)) say(id, 'assigned');
    },
  };
}

/** By its number in the repository; null takes it away. */
export function setMilestone(hub: Hub, repo: Repo, issue: Issue, value: unknown): MemberChange {
  const before = repo.milestones.find(({ id }) => id === issue.milestone);
  const after = value === null ? undefined : repo.milestones.find(({ number }) => String(number) === written(value));
  if (value !== null && !after) throw invalid({ value, resource: 'Issue', field: 'milestone', code: 'invalid' });
  return {
    changes: before !== after,
    apply: () => {
      issue.milestone = after?.id ?? null;
    },
    say(actor) {
      const say = (milestone: typeof after, word: 'milestoned' | 'demilestoned') => {
        if (!milestone) return;
        record(hub, issue, word, actor, { milestone: { title: milestone.title } });
        tell(hub, actor, 'issues', word, issue, { milestone: presentMilestone(hub, repo, milestone) });
      };
      say(before, 'demilestoned');
      say(after, 'milestoned');
    },
  };
}

/** By its name; null or empty takes it away. */
export function setType(hub: Hub, types: readonly IssueType[], issue: Issue, name: string | null): MemberChange {
  const before = hub.types.find(({ id }) => id === issue.type);
  const after = name === null || name === '' ? undefined : types.find((type) => type.name.toLowerCase() === name.toLowerCase());
  if (name && !after) throw invalid({ value: name, resource: 'Issue', field: 'type', code: 'invalid' });
  return {
    changes: before !== after,
    apply: () => {
      issue.type = after?.id ?? null;
    },
    say(actor) {
      const type = after ?? before;
      if (!type) return;
      record(hub, issue, before && after ? 'issue_type_changed' : after ? 'issue_type_added' : 'issue_type_removed', actor, {
        issue_type: after ? presentType(after) : null,
        prev_issue_type: before ? presentType(before) : null,
      });
      tell(hub, actor, 'issues', after ? 'typed' : 'untyped', issue, { type: presentType(type) });
    },
  };
}
