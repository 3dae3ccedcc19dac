import { PERMISSIONS, type Permission, type Project, type User } from './model.ts';
import { seedIssues } from './seed-issues.ts';
import { addUser, type Site } from './site.ts';

/** `empty`: people and projects, no issues. `support`: with issues of all sorts of formatting. */
export type SeedName = 'empty' | 'support';

const ALL = Object.keys(PERMISSIONS) as Permission[];
/** What somebody may who only looks on. */
const LOOKS: Permission[] = ['BROWSE_PROJECTS'];

export function seed(site: Site, name: SeedName): void {
  addUser(site, { email: 'sync@acme.example', displayName: 'Sync Service', admin: true, groups: ['jira-users', 'jira-administrators'], token: 'acme-token' });
  addUser(site, { email: 'dana@acme.example', displayName: 'Dana Developer', timeZone: 'America/New_York', groups: ['jira-users', 'developers'] });
  addUser(site, { email: 'omar@acme.example', displayName: 'Omar Haddad', timeZone: 'Asia/Kolkata', groups: ['jira-users', 'developers'] });
  addUser(site, { email: 'lee@acme.example', displayName: 'Lee Looker' });
  site.types = [
    { id: '10004', name: 'Bug', description: 'A problem or error.', subtask: false },
    { id: '10002', name: 'Task', description: 'A small, distinct piece of work.', subtask: false },
    { id: '10001', name: 'Story', description: 'Functionality expressed as a user goal.', subtask: false },
    { id: '10003', name: 'Sub-task', description: 'A small piece of work that is part of a larger task.', subtask: true },
    { id: '10005', name: 'Change', description: 'A change that must be assessed.', subtask: false },
  ];
  site.statuses = [
    { id: '10000', name: 'To Do', category: 'new' },
    { id: '3', name: 'In Progress', category: 'indeterminate' },
    { id: '10001', name: 'Done', category: 'done' },
  ];
  site.priorities = ['Highest', 'High', 'Medium', 'Low', 'Lowest'].map((priority, i) => ({ id: String(i + 1), name: priority }));
  site.fields = [
    { id: 'customfield_10050', name: 'Impact', options: ['Extensive', 'Significant', 'Minor'].map((value, i) => ({ id: String(10_020 + i), value })) },
  ];
  const users = new Map(site.users.map((user) => [user.name, user]));
  const people = (names: string[]): Set<string> => new Set(names.map((one) => (users.get(one) as User).id));
  const projectOf = (id: string, key: string, title: string, kind: Project['kind'], types: string[], more: Partial<Project> = {}): Project => ({
    id,
    key,
    name: title,
    kind,
    types,
    required: {},
    steps: null,
    permissions: new Map(site.users.map((user) => [user.id, new Set(user.name === 'lee' ? LOOKS : ALL)])),
    roles: new Map([
      ['Administrators', people(['sync'])],
      ['Developers', people(['sync', 'dana', 'omar'])],
      ['Users', people(['sync', 'dana', 'omar', 'lee'])],
    ]),
    issuesMade: 0,
    ...more,
  });
  site.projects = [
    projectOf('10000', 'SUP', 'Support', 'service_desk', ['10004', '10002', '10003']),
    projectOf('10001', 'DEV', 'Development', 'software', ['10004', '10002', '10001', '10003']),
    projectOf('10002', 'OPS', 'Operations', 'software', ['10005', '10002'], {
      required: { customfield_10050: ['10005'] },
      steps: { '10000': ['3'], '3': ['10000', '10001'], '10001': [] },
    }),
  ];
  if (name === 'support') seedIssues(site);
}
