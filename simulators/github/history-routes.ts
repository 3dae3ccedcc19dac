import { issueIn, type Route, repoIn } from './call.ts';
import { commentsOf } from './hub.ts';
import { paged } from './paging.ts';
import { presentComment, presentHappening, presentIssue } from './present.ts';

/** What is in the timeline only. */
const TIMELINE_ONLY = ['cross-referenced'];

/** The history of an issue: events, and the timeline that has the comments and references too. */
export const historyRoutes: Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/:number/events',
    docs: 'issues/events#list-issue-events',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const issue = issueIn(call, repoIn(call));
      const shown = call.hub.happenings.filter((one) => one.issue === issue.id && !TIMELINE_ONLY.includes(one.event));
      return paged(call, shown, (one) => presentHappening(call.hub, one));
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/events',
    docs: 'issues/events#list-issue-events-for-a-repository',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      const inside = new Map(call.hub.issues.filter((issue) => issue.repo === repo.id && issue.gone === null).map((issue) => [issue.id, issue]));
      const shown = call.hub.happenings.filter((one) => inside.has(one.issue) && !TIMELINE_ONLY.includes(one.event)).reverse();
      return paged(call, shown, (one) => {
        const issue = inside.get(one.issue);
        return { ...presentHappening(call.hub, one), ...(issue ? { issue: presentIssue(call.hub, issue) } : {}) };
      });
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/:number/timeline',
    docs: 'issues/timeline#list-timeline-events-for-an-issue',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const { hub } = call;
      const issue = issueIn(call, repoIn(call));
      const comments = commentsOf(hub, issue).map((comment) => {
        const shown = presentComment(hub, comment, call.media);
        return { at: comment.created_at, id: comment.id, json: { ...shown, event: 'commented', actor: shown.user } };
      });
      const happenings = hub.happenings
        .filter((one) => one.issue === issue.id)
        .map((one) => {
          const from = one.event === 'cross-referenced' ? hub.issues.find(({ id }) => id === one.more.source) : undefined;
          const shown = presentHappening(hub, one);
          const reference = { event: one.event, actor: shown.actor, created_at: one.created_at, updated_at: one.created_at };
          return { at: one.created_at, id: one.id, json: from ? { ...reference, source: { type: 'issue', issue: presentIssue(hub, from) } } : shown };
        });
      const all = [...comments, ...happenings].sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id);
      return paged(call, all, ({ json }) => json);
    },
  },
];
