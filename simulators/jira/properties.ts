import { type Call, type Route, visibleIssue } from './call.ts';
import { ApiError, forbidden } from './errors.ts';
import { may, projectOf, reindex } from './site.ts';

const KEYS = '/issue/:issue/properties';
const ONE = `${KEYS}/:key`;

function writable(call: Call) {
  const issue = visibleIssue(call);
  if (!may(projectOf(call.site, issue), call.user, 'EDIT_ISSUES')) throw forbidden('You do not have permission to edit issues in this project.');
  return issue;
}

const missing = (key: string) => new ApiError(404, `The property with key '${key}' does not exist.`);

/** What apps keep with an issue. Writing one neither touches `updated` nor the history. */
export const propertyRoutes: Route[] = [
  {
    method: 'GET',
    path: KEYS,
    handle(call) {
      const issue = visibleIssue(call);
      const root = `${call.site.url}/rest/api/${call.site.cloud ? 3 : 2}/issue/${issue.id}/properties`;
      return { status: 200, json: { keys: [...issue.properties.keys()].map((key) => ({ key, self: `${root}/${encodeURIComponent(key)}` })) } };
    },
  },
  {
    method: 'GET',
    path: ONE,
    handle(call) {
      const { key = '' } = call.params;
      const { properties } = visibleIssue(call);
      if (!properties.has(key)) throw missing(key);
      return { status: 200, json: { key, value: properties.get(key) } };
    },
  },
  {
    method: 'PUT',
    path: ONE,
    writes: true,
    value: true,
    handle(call) {
      const { key = '' } = call.params;
      const issue = writable(call);
      const known = issue.properties.has(key);
      issue.properties.set(key, call.value);
      reindex(call.site, issue);
      return { status: known ? 200 : 201, json: {} };
    },
  },
  {
    method: 'DELETE',
    path: ONE,
    writes: true,
    handle(call) {
      const { key = '' } = call.params;
      const issue = writable(call);
      if (!issue.properties.delete(key)) throw missing(key);
      reindex(call.site, issue);
      return { status: 204 };
    },
  },
];
