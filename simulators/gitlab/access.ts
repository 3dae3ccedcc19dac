import { type Issue, LEVELS, type Note, type Project, type User } from './model.ts';

export const levelOf = (project: Project, user: User): number => project.members.get(user.id) ?? 0;
const isTeam = (project: Project, user: User): boolean => levelOf(project, user) >= LEVELS.planner;

export const maySeeProject = (project: Project, user: User): boolean => project.visibility !== 'private' || levelOf(project, user) > 0;

/** A confidential issue is for its author, its assignees and the team (planners and above). */
export const maySeeIssue = (project: Project, issue: Issue, user: User): boolean =>
  maySeeProject(project, user) && (!issue.confidential || isTeam(project, user) || issue.author_id === user.id || issue.assignee_ids.includes(user.id));

/** An internal note is for the team. */
export const maySeeNote = (project: Project, note: Note, user: User): boolean => !note.internal || isTeam(project, user);

/** Title and description may be changed by the author, everything else by the team. */
export const mayEditIssue = (project: Project, issue: Issue, user: User): boolean => isTeam(project, user) || issue.author_id === user.id;
export const mayManageIssue = isTeam;
export const mayWriteInternally = isTeam;

export const mayChangeNote = (project: Project, note: Note, user: User): boolean =>
  !note.system && (note.author_id === user.id || levelOf(project, user) >= LEVELS.maintainer);

/** Owners and planners delete issues, not the levels in between. */
export const mayDeleteIssue = (project: Project, user: User): boolean => [LEVELS.owner, LEVELS.planner].some((level) => levelOf(project, user) === level);

export const isMaintainer = (project: Project, user: User): boolean => levelOf(project, user) >= LEVELS.maintainer;
