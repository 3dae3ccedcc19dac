import type { Answer } from '../http/answer.ts';
import { type Call, issueIn, type Route, repoIn, writableIn } from './call.ts';
import { invalid, notFound } from './errors.ts';
import { touch } from './history.ts';
import { userNamed, userOf } from './hub.ts';
import { addLabel, assignable, checkLabelName, labelNamed, setAssignees, setLabels } from './issue-members.ts';
import { actorOf } from './issues.ts';
import type { Issue, Repo } from './model.ts';
import { paged } from './paging.ts';
import { presentIssue, presentLabel } from './present.ts';
import { presentUser } from './present-user.ts';
import { namesIn, textIn } from './values.ts';

const ofIssue = '/repos/:owner/:repo/issues/:number';

/** The labels that an issue has afterwards are the answer. */
function relabel(call: Call, names: (repo: Repo, issue: Issue, had: string[]) => string[]): Answer {
  const repo = writableIn(call, 'triage');
  const issue = issueIn(call, repo);
  const had = issue.labels.flatMap((id) => repo.labels.filter((label) => label.id === id)).map(({ name }) => name);
  const change = setLabels(call.hub, repo, issue, names(repo, issue, had));
  if (change.changes) {
    change.apply();
    touch(call.hub, issue);
    change.say(actorOf(call));
  }
  return { status: 200, json: presentIssue(call.hub, issue).labels };
}

function reassign(call: Call, status: number, logins: (had: string[], given: string[]) => string[]): Answer {
  const repo = writableIn(call, 'triage');
  const issue = issueIn(call, repo);
  const had = issue.assignees.map((id) => userOf(call.hub, id).login);
  // Whoever cannot be assigned is left out without a word here.
  const given = (namesIn(call.body, 'assignees') ?? []).filter((login) => assignable(repo, userNamed(call.hub, login)?.id ?? -1));
  const change = setAssignees(call.hub, repo, issue, logins(had, given));
  if (change.changes) {
    change.apply();
    touch(call.hub, issue);
    change.say(actorOf(call));
  }
  return { status, json: presentIssue(call.hub, issue, call.media) };
}

const labelIn = (call: Call, repo: Repo) => {
  const label = labelNamed(repo, call.params.name ?? '');
  if (!label) throw notFound();
  return label;
};

const readLabel = (call: Call) => {
  const color = textIn(call.body, 'color')?.replace(/^#/, '');
  if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color)) throw invalid({ resource: 'Label', code: 'invalid', field: 'color' });
  const description = textIn(call.body, 'description');
  return { ...(color === undefined ? {} : { color }), ...(description === undefined ? {} : { description }) };
};

export const labelRoutes: Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/labels',
    docs: 'issues/labels#list-labels-for-a-repository',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      return paged(call, repo.labels, (label) => presentLabel(call.hub, repo, label));
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/labels',
    docs: 'issues/labels#create-a-label',
    permission: 'issues=write',
    handle(call) {
      const repo = writableIn(call, 'triage');
      const name = textIn(call.body, 'name') ?? '';
      checkLabelName(name);
      if (labelNamed(repo, name)) throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' });
      return { status: 201, json: presentLabel(call.hub, repo, addLabel(call.hub, repo, { name, ...readLabel(call) })) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/labels/:name',
    docs: 'issues/labels#get-a-label',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      return { status: 200, json: presentLabel(call.hub, repo, labelIn(call, repo)) };
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:repo/labels/:name',
    docs: 'issues/labels#update-a-label',
    permission: 'issues=write',
    handle(call) {
      const repo = writableIn(call, 'triage');
      const label = labelIn(call, repo);
      const name = textIn(call.body, 'new_name') ?? label.name;
      checkLabelName(name);
      Object.assign(label, readLabel(call), { name });
      return { status: 200, json: presentLabel(call.hub, repo, label) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:repo/labels/:name',
    docs: 'issues/labels#delete-a-label',
    permission: 'issues=write',
    handle(call) {
      const repo = writableIn(call, 'triage');
      const { id } = labelIn(call, repo);
      repo.labels = repo.labels.filter((label) => label.id !== id);
      for (const issue of call.hub.issues) issue.labels = issue.labels.filter((label) => label !== id);
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: `${ofIssue}/labels`,
    docs: 'issues/labels#list-labels-for-an-issue',
    who: 'anyone',
    permission: 'issues=read',
    handle: (call) => paged(call, presentIssue(call.hub, issueIn(call, repoIn(call))).labels, (label) => label),
  },
  {
    method: 'POST',
    path: `${ofIssue}/labels`,
    docs: 'issues/labels#add-labels-to-an-issue',
    permission: 'issues=write',
    handle: (call) => relabel(call, (_repo, _issue, had) => [...had, ...(namesIn(call.body, 'labels') ?? [])]),
  },
  {
    method: 'PUT',
    path: `${ofIssue}/labels`,
    docs: 'issues/labels#set-labels-for-an-issue',
    permission: 'issues=write',
    handle: (call) => relabel(call, () => namesIn(call.body, 'labels') ?? []),
  },
  {
    method: 'DELETE',
    path: `${ofIssue}/labels`,
    docs: 'issues/labels#remove-all-labels-from-an-issue',
    permission: 'issues=write',
    handle(call) {
      relabel(call, () => []);
      return { status: 204 };
    },
  },
  {
    method: 'DELETE',
    path: `${ofIssue}/labels/:name`,
    docs: 'issues/labels#remove-a-label-from-an-issue',
    permission: 'issues=write',
    handle: (call) =>
      relabel(call, (_repo, _issue, had) => {
        const left = had.filter((name) => name.toLowerCase() !== call.params.name?.toLowerCase());
        if (left.length === had.length) throw Object.assign(notFound(), { message: 'Label does not exist' });
        return left;
      }),
  },
  {
    method: 'POST',
    path: `${ofIssue}/assignees`,
    docs: 'issues/assignees#add-assignees-to-an-issue',
    permission: 'issues=write',
    handle: (call) => reassign(call, 201, (had, given) => [...had, ...given]),
  },
  {
    method: 'DELETE',
    path: `${ofIssue}/assignees`,
    docs: 'issues/assignees#remove-assignees-from-an-issue',
    permission: 'issues=write',
    handle: (call) => reassign(call, 200, (had, given) => had.filter((login) => !given.some((one) => one.toLowerCase() === login.toLowerCase()))),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/assignees',
    docs: 'issues/assignees#list-assignees',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      return paged(
        call,
        call.hub.users.filter((user) => user.type !== 'Organization' && assignable(repo, user.id)),
        (user) => presentUser(call.hub, user),
      );
    },
  },
];
