import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { maySeeIssue, maySeeProject } from './access.ts';
import { badParameter, notFound } from './errors.ts';
import type { Issue, Project, Token, User } from './model.ts';
import { projectNamed, type Site } from './site.ts';

/** A request that has been let in. */
export interface Call {
  site: Site;
  user: User;
  token: Token;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The members of the body, JSON or form; `{}` where there is none. */
  body: Record<string, unknown>;
  /** The raw request, for routes with `raw`. */
  request: IncomingMessage;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the origin. */
  path: string;
  /** The narrower limit that this route counts against. */
  budget?: 'notes' | 'issues';
  /** The handler reads the body itself. */
  raw?: true;
  handle(call: Call): Answer | Promise<Answer>;
}

/** The project of the path. What the user may not see does not exist. */
export function projectIn({ site, user, params }: Call): Project {
  const project = projectNamed(site, params.id ?? '');
  if (!project || !maySeeProject(project, user)) throw notFound('Project');
  return project;
}

/** The issue of the path. What the user may not see does not exist. */
export function issueIn(call: Call): { project: Project; issue: Issue } {
  const project = projectIn(call);
  const iid = Number(call.params.iid);
  if (!Number.isInteger(iid)) throw badParameter('issue_iid is invalid');
  const issue = call.site.issues.find((one) => one.project_id === project.id && one.iid === iid);
  if (!issue || !maySeeIssue(project, issue, call.user)) throw notFound();
  return { project, issue };
}
