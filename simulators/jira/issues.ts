import { type Call, listed, paging, type Route, record, signedIn, visibleIssue } from './call.ts';
import { ApiError, forbidden } from './errors.ts';
import { createIssue, deleteIssue, editIssue, noteChange, stepsFrom, transition, transitionId } from './issue-changes.ts';
import { presentHistory, presentIssue, presentStatus } from './present.ts';
import { may, projectOf } from './site.ts';
import { spoken } from './values.ts';

const base = ({ site }: Call): string => `${site.url}/rest/api/${site.cloud ? 3 : 2}`;

export const issueRoutes: Route[] = [
  {
    method: 'POST',
    path: '/issue',
    handle(call) {
      const issue = createIssue(call.site, call.user, call.body);
      return { status: 201, json: { id: issue.id, key: issue.key, self: `${base(call)}/issue/${issue.id}` } };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue',
    handle(call) {
      const issue = visibleIssue(call);
      const [fields, properties, expand] = ['fields', 'properties', 'expand'].map((name) => listed(call.query, name));
      return {
        status: 200,
        json: presentIssue(call, issue, projectOf(call.site, issue), { fields: fields ?? [], properties: properties ?? [], expand: expand ?? [] }),
      };
    },
  },
  {
    method: 'PUT',
    path: '/issue/:issue',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      editIssue(call.site, call.user, issue, call.body);
      const wanted = { fields: [], properties: [], expand: [] };
      return call.query.get('returnIssue') === 'true' ? { status: 200, json: presentIssue(call, issue, projectOf(call.site, issue), wanted) } : { status: 204 };
    },
  },
  {
    method: 'DELETE',
    path: '/issue/:issue',
    writes: true,
    handle(call) {
      deleteIssue(call.site, call.user, visibleIssue(call));
      return { status: 204 };
    },
  },
  {
    method: 'PUT',
    path: '/issue/:issue/assignee',
    writes: true,
    handle(call) {
      const { accountId, name } = call.body;
      const asked = call.site.cloud ? accountId : name;
      editIssue(call.site, call.user, visibleIssue(call), { fields: { assignee: asked ? { accountId, name } : null } });
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue/editmeta',
    handle(call) {
      visibleIssue(call);
      const set = (name: string, type: string) => ({
        required: name === 'Summary',
        schema: { type, system: name.toLowerCase() },
        name,
        key: name.toLowerCase(),
        operations: ['set'],
      });
      return { status: 200, json: { fields: { summary: set('Summary', 'string'), description: set('Description', 'string') } } };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue/transitions',
    handle(call) {
      const issue = visibleIssue(call);
      const allowed = may(projectOf(call.site, issue), call.user, 'TRANSITION_ISSUES') ? stepsFrom(call.site, issue) : [];
      const transitions = allowed.map((status) => {
        const to = presentStatus(call, status);
        const more = listed(call.query, 'expand').includes('transitions.fields') ? { fields: {} } : {};
        return {
          id: transitionId(status),
          name: to.name,
          to,
          hasScreen: false,
          isGlobal: true,
          isInitial: false,
          isAvailable: true,
          isConditional: false,
          ...more,
        };
      });
      return { status: 200, json: { expand: 'transitions', transitions } };
    },
  },
  {
    method: 'POST',
    path: '/issue/:issue/transitions',
    writes: true,
    handle(call) {
      const { id } = record(call.body.transition);
      if (id === undefined) throw new ApiError(400, "Missing 'transition' identifier");
      transition(call.site, call.user, visibleIssue(call), spoken(id));
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue/changelog',
    only: 'cloud',
    handle(call) {
      const { histories } = visibleIssue(call);
      const { startAt, maxResults } = paging(call.query, 100);
      const values = histories.slice(startAt, startAt + maxResults).map((history) => presentHistory(call, history));
      return { status: 200, json: { startAt, maxResults, total: histories.length, isLast: startAt + values.length >= histories.length, values } };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue/remotelink',
    handle(call) {
      const issue = visibleIssue(call);
      const globalId = call.query.get('globalId');
      const shown = issue.remoteLinks.filter((link) => globalId === null || link.globalId === globalId).map((link) => presentLink(call, issue.id, link));
      return { status: 200, json: globalId === null ? shown : (shown[0] ?? []) };
    },
  },
  {
    method: 'POST',
    path: '/issue/:issue/remotelink',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      if (!may(projectOf(call.site, issue), signedIn(call), 'LINK_ISSUES')) throw forbidden('You do not have permission to link issues in this project.');
      const object = record(call.body.object);
      for (const name of ['title', 'url'])
        if (typeof object[name] !== 'string' || object[name] === '') throw new ApiError(400, [], { [`object.${name}`]: `'${name}' is required.` });
      const globalId = typeof call.body.globalId === 'string' ? call.body.globalId : null;
      if ((globalId?.length ?? 0) > 255) throw new ApiError(400, [], { globalId: 'The global ID must be at most 255 characters.' });
      if (spoken(object.title).length > 255) throw new ApiError(400, [], { 'object.title': "'title' must be at most 255 characters." });
      const known = globalId === null ? undefined : issue.remoteLinks.find((link) => link.globalId === globalId);
      const relationship = typeof call.body.relationship === 'string' ? call.body.relationship : null;
      const link = Object.assign(known ?? { id: Number(call.site.nextId('link')) }, {
        globalId,
        relationship,
        object,
        application: record(call.body.application),
      });
      if (!known) issue.remoteLinks.push(link);
      const to = String(link.id);
      const says = `This issue links to "${spoken(object.title)}"`;
      const item = { field: 'RemoteIssueLink', fieldId: '', from: known ? to : null, fromString: known ? says : null, to, toString: says };
      noteChange(call.site, signedIn(call), issue, [item], 'issue_generic');
      return { status: known ? 200 : 201, json: { id: link.id, self: `${base(call)}/issue/${issue.id}/remotelink/${link.id}` } };
    },
  },
  {
    method: 'DELETE',
    path: '/issue/:issue/remotelink/:link',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      const at = issue.remoteLinks.findIndex(({ id }) => spoken(id) === call.params.link);
      if (at < 0) throw new ApiError(404, 'The remote link does not exist.');
      issue.remoteLinks.splice(at, 1);
      return { status: 204 };
    },
  },
];

function presentLink(
  call: Call,
  issue: string,
  {
    id,
    globalId,
    relationship,
    object,
    application,
  }: { id: number; globalId: string | null; relationship: string | null; object: object; application: object },
) {
  return {
    id,
    self: `${base(call)}/issue/${issue}/remotelink/${id}`,
    ...(globalId === null ? {} : { globalId }),
    ...(relationship === null ? {} : { relationship }),
    application,
    object,
  };
}
