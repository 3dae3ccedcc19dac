import { type Call, listed, paging, type Route, signedIn } from './call.ts';
import { ApiError } from './errors.ts';
import { PERMISSIONS, type Permission, type Project } from './model.ts';
import { FIELD_NAMES, presentPriority, presentProject, presentStatus, presentType, presentUser } from './present.ts';
import { issueBy, may, projectBy, projectOf } from './site.ts';

const visible = ({ site, user }: Call): Project[] => site.projects.filter((project) => may(project, user, 'BROWSE_PROJECTS'));

function projectIn(call: Call): Project {
  const key = call.params.project ?? '';
  const project = projectBy(call.site, key);
  if (!project || !may(project, call.user, 'BROWSE_PROJECTS')) throw new ApiError(404, `No project could be found with key '${key}'.`);
  return project;
}

const KINDS: Record<string, string> = {
  summary: 'string',
  description: 'string',
  issuetype: 'issuetype',
  project: 'project',
  status: 'status',
  priority: 'priority',
  labels: 'array',
  assignee: 'user',
  reporter: 'user',
  creator: 'user',
  duedate: 'date',
  created: 'datetime',
  updated: 'datetime',
  attachment: 'array',
  comment: 'comments-page',
};
const ON_SCREEN = ['summary', 'description', 'issuetype', 'project', 'priority', 'labels', 'assignee', 'reporter', 'duedate', 'attachment'];

function fieldMeta(call: Call, project: Project, type: string) {
  const own = ON_SCREEN.map((id) => {
    const allowedValues =
      id === 'priority'
        ? call.site.priorities.map((one) => presentPriority(call, one.id))
        : id === 'issuetype'
          ? [presentType(call, type)]
          : id === 'project'
            ? [presentProject(call, project)]
            : undefined;
    const items = id === 'labels' ? { items: 'string' } : id === 'attachment' ? { items: 'attachment' } : {};
    return {
      required: ['summary', 'issuetype', 'project'].includes(id),
      schema: { type: KINDS[id] ?? 'string', ...items, system: id },
      name: FIELD_NAMES[id] ?? id,
      key: id,
      fieldId: id,
      hasDefaultValue: ['priority', 'reporter'].includes(id),
      operations: ['set'],
      ...(allowedValues ? { allowedValues } : {}),
    };
  });
  const custom = call.site.fields.map((field) => ({
    required: project.required[field.id]?.includes(type) ?? false,
    schema: { type: 'option', custom: 'com.atlassian.jira.plugin.system.customfieldtypes:select', customId: Number(field.id.slice('customfield_'.length)) },
    name: field.name,
    key: field.id,
    fieldId: field.id,
    hasDefaultValue: false,
    operations: ['set'],
    allowedValues: field.options,
  }));
  return [...own, ...custom];
}

/** A page of createmeta: Cloud and Data Center name its list differently. */
function metaPage(call: Call, name: string, all: unknown[]) {
  const { startAt, maxResults } = paging(call.query, 50);
  const page = all.slice(startAt, startAt + maxResults);
  const more = call.site.cloud ? { [name]: page } : { isLast: startAt + page.length >= all.length, values: page };
  return { status: 200, json: { maxResults, startAt, total: all.length, ...more } };
}

export const catalogueRoutes: Route[] = [
  {
    method: 'GET',
    path: '/myself',
    handle: (call) => ({ status: 200, json: { ...presentUser({ site: call.site, user: signedIn(call) }, signedIn(call)), locale: 'en_US' } }),
  },
  {
    method: 'GET',
    path: '/serverInfo',
    handle({ site }) {
      const { version } = site.settings;
      const versionNumbers = version.split(/[.-]/).slice(0, 3).map(Number);
      const deploymentType = site.cloud ? 'Cloud' : 'Server';
      return {
        status: 200,
        json: { baseUrl: site.url, version, versionNumbers, deploymentType, buildNumber: 100_269, serverTitle: 'Jira', scmInfo: 'simulator' },
      };
    },
  },
  {
    method: 'GET',
    path: '/mypermissions',
    handle(call) {
      const asked = listed(call.query, 'permissions');
      const unknown = asked.find((key) => !Object.hasOwn(PERMISSIONS, key));
      if (call.site.cloud && asked.length === 0) throw new ApiError(400, "The 'permissions' query parameter is required.");
      if (unknown !== undefined) throw new ApiError(400, `Unrecognized permission key: '${unknown}'`);
      const key = call.query.get('projectKey') ?? call.query.get('projectId');
      const issue = call.query.get('issueKey') ?? call.query.get('issueId');
      let among = call.site.projects;
      if (key !== null) among = [projectIn({ ...call, params: { project: key } })];
      const found = issue === null ? undefined : issueBy(call.site, issue);
      if (found) among = [projectOf(call.site, found)];
      const shown = (asked.length > 0 ? asked : Object.keys(PERMISSIONS)) as Permission[];
      const permissions = shown.map((name, i) => [
        name,
        {
          id: String(i + 1),
          key: name,
          name: PERMISSIONS[name],
          type: name === 'ADMINISTER' ? 'GLOBAL' : 'PROJECT',
          description: '',
          havePermission: among.some((project) => may(project, call.user, name)),
        },
      ]);
      return { status: 200, json: { permissions: Object.fromEntries(permissions) } };
    },
  },
  {
    method: 'GET',
    path: '/project/search',
    only: 'cloud',
    handle(call) {
      const { startAt, maxResults } = paging(call.query, 50);
      const query = call.query.get('query')?.toLowerCase();
      const keys = call.query.getAll('keys');
      const all = visible(call).filter(
        ({ key, name }) => (!query || `${key} ${name}`.toLowerCase().includes(query)) && (keys.length === 0 || keys.includes(key)),
      );
      const values = all.slice(startAt, startAt + maxResults).map((project) => presentProject(call, project));
      const self = `${call.site.url}/rest/api/3/project/search?startAt=${startAt}&maxResults=${maxResults}`;
      return { status: 200, json: { self, maxResults, startAt, total: all.length, isLast: startAt + values.length >= all.length, values } };
    },
  },
  { method: 'GET', path: '/project', handle: (call) => ({ status: 200, json: visible(call).map((project) => presentProject(call, project)) }) },
  {
    method: 'GET',
    path: '/project/:project',
    handle(call) {
      const project = projectIn(call);
      return { status: 200, json: { ...presentProject(call, project), description: '', issueTypes: project.types.map((id) => presentType(call, id)) } };
    },
  },
  {
    method: 'GET',
    path: '/project/:project/statuses',
    handle(call) {
      const statuses = call.site.statuses.map(({ id }) => presentStatus(call, id));
      const types = projectIn(call).types.map((id) => presentType(call, id));
      return { status: 200, json: types.map(({ self, id, name, subtask }) => ({ self, id, name, subtask, statuses })) };
    },
  },
  {
    method: 'GET',
    path: '/project/:project/role',
    handle(call) {
      const { id, roles } = projectIn(call);
      const root = `${call.site.url}/rest/api/${call.site.cloud ? 3 : 2}/project/${id}/role`;
      return { status: 200, json: Object.fromEntries([...roles.keys()].map((name, i) => [name, `${root}/${10_002 + i}`])) };
    },
  },
  {
    method: 'GET',
    path: '/issue/createmeta/:project/issuetypes',
    handle(call) {
      const project = projectIn(call);
      const creatable = may(project, call.user, 'CREATE_ISSUES') ? project.types : [];
      return metaPage(
        call,
        'issueTypes',
        creatable.map((id) => presentType(call, id)),
      );
    },
  },
  {
    method: 'GET',
    path: '/issue/createmeta/:project/issuetypes/:type',
    handle(call) {
      const project = projectIn(call);
      const { type = '' } = call.params;
      if (!project.types.includes(type)) throw new ApiError(404, `No issue type with id '${type}' in project ${project.key}.`);
      return metaPage(call, 'fields', fieldMeta(call, project, type));
    },
  },
  { method: 'GET', path: '/issuetype', handle: (call) => ({ status: 200, json: call.site.types.map(({ id }) => presentType(call, id)) }) },
  { method: 'GET', path: '/status', handle: (call) => ({ status: 200, json: call.site.statuses.map(({ id }) => presentStatus(call, id)) }) },
  { method: 'GET', path: '/priority', handle: (call) => ({ status: 200, json: call.site.priorities.map(({ id }) => presentPriority(call, id)) }) },
  {
    method: 'GET',
    path: '/field',
    handle({ site }) {
      const more = { orderable: true, navigable: true, searchable: true };
      const own = Object.entries(FIELD_NAMES).map(([id, name]) => ({
        id,
        key: id,
        name,
        custom: false,
        ...more,
        clauseNames: [id],
        schema: { type: KINDS[id] ?? 'string', system: id },
      }));
      const custom = site.fields.map(({ id, name }) => {
        const customId = Number(id.slice('customfield_'.length));
        const schema = { type: 'option', custom: 'com.atlassian.jira.plugin.system.customfieldtypes:select', customId };
        return { id, key: id, name, custom: true, ...more, clauseNames: [`cf[${customId}]`, name], schema };
      });
      return { status: 200, json: [...own, ...custom] };
    },
  },
  {
    method: 'GET',
    path: '/user/assignable/search',
    handle(call) {
      const issue = issueBy(call.site, call.query.get('issueKey') ?? '');
      const project = issue ? projectOf(call.site, issue) : projectBy(call.site, call.query.get('project') ?? '');
      if (!project || !may(project, call.user, 'BROWSE_PROJECTS')) throw new ApiError(404, 'The project or issue does not exist.');
      return {
        status: 200,
        json: found(call)
          .filter((user) => may(project, user, 'BROWSE_PROJECTS'))
          .map((user) => presentUser(call, user)),
      };
    },
  },
  { method: 'GET', path: '/user/search', handle: (call) => ({ status: 200, json: found(call).map((user) => presentUser(call, user)) }) },
  {
    method: 'GET',
    path: '/user',
    handle(call) {
      const asked = call.query.get('accountId') ?? call.query.get('username') ?? call.query.get('key') ?? '';
      const user = call.site.users.find(({ id, name }) => id === asked || (!call.site.cloud && name === asked));
      if (!user) throw new ApiError(404, 'Specified user does not exist or you do not have required permissions');
      return { status: 200, json: presentUser(call, user) };
    },
  },
];

/** People whose name or address begins with what is asked for. */
function found({ site, query }: Call) {
  const words = (query.get('query') ?? query.get('username') ?? '').toLowerCase();
  return site.users.filter(({ displayName, email, name }) =>
    [displayName, email, name, ...displayName.split(' ')].some((one) => one.toLowerCase().startsWith(words)),
  );
}
