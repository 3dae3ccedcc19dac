import { record } from './call.ts';
import type { Attachment, Comment, History, Issue, Project, Status, User } from './model.ts';
import { renderText } from './render.ts';
import { type Site, stamp, userOf } from './site.ts';

/** For whom an answer is: times are by their clock. */
export interface Reader {
  site: Site;
  user: User | null;
}

const api = ({ site }: Reader): string => `${site.url}/rest/api/${site.cloud ? 3 : 2}`;
const at = ({ user }: Reader, ms: number): string => stamp(ms, user?.timeZone);

export function presentUser(reader: Reader, user: User): Record<string, unknown> {
  const { site } = reader;
  const avatarUrls = Object.fromEntries([16, 24, 32, 48].map((size) => [`${size}x${size}`, `${site.url}/agent/avatar.svg?size=${size}`]));
  const hidden = site.cloud && site.settings.hideEmails && user !== reader.user;
  const who = site.cloud
    ? { self: `${api(reader)}/user?accountId=${encodeURIComponent(user.id)}`, accountId: user.id, accountType: 'atlassian' }
    : { self: `${api(reader)}/user?username=${encodeURIComponent(user.name)}`, key: user.id, name: user.name };
  return {
    ...who,
    ...(hidden ? {} : { emailAddress: user.email }),
    avatarUrls,
    displayName: user.displayName,
    active: user.active,
    timeZone: user.timeZone,
  };
}

export const presentProject = (reader: Reader, project: Project): Record<string, unknown> => ({
  self: `${api(reader)}/project/${project.id}`,
  id: project.id,
  key: project.key,
  name: project.name,
  projectTypeKey: project.kind,
  ...(reader.site.cloud ? { simplified: false } : {}),
});

export function presentType(reader: Reader, id: string): Record<string, unknown> {
  const type = reader.site.types.find((one) => one.id === id);
  return {
    self: `${api(reader)}/issuetype/${id}`,
    id,
    description: type?.description ?? '',
    iconUrl: `${reader.site.url}/agent/avatar.svg`,
    name: type?.name ?? '',
    subtask: type?.subtask ?? false,
    ...(reader.site.cloud ? { hierarchyLevel: type?.subtask ? -1 : 0 } : {}),
  };
}

const CATEGORIES: Record<Status['category'], { id: number; colorName: string; name: string }> = {
  new: { id: 2, colorName: 'blue-gray', name: 'To Do' },
  indeterminate: { id: 4, colorName: 'yellow', name: 'In Progress' },
  done: { id: 3, colorName: 'green', name: 'Done' },
};

export function presentStatus(reader: Reader, id: string): Record<string, unknown> {
  const { name = '', category = 'new' } = reader.site.statuses.find((one) => one.id === id) ?? {};
  const { id: number, ...words } = CATEGORIES[category];
  return {
    self: `${api(reader)}/status/${id}`,
    description: '',
    iconUrl: `${reader.site.url}/agent/avatar.svg`,
    name,
    id,
    statusCategory: { self: `${api(reader)}/statuscategory/${number}`, id: number, key: category, ...words },
  };
}

export const presentPriority = (reader: Reader, id: string): Record<string, unknown> => ({
  self: `${api(reader)}/priority/${id}`,
  iconUrl: `${reader.site.url}/agent/avatar.svg`,
  name: reader.site.priorities.find((one) => one.id === id)?.name ?? '',
  id,
});

export function presentAttachment(reader: Reader, file: Attachment): Record<string, unknown> {
  const { site } = reader;
  const old = `${site.url}/secure/attachment/${file.id}/${encodeURIComponent(file.filename)}`;
  const picture = file.mimeType.startsWith('image/');
  return {
    self: `${api(reader)}/attachment/${file.id}`,
    id: file.id,
    filename: file.filename,
    author: presentUser(reader, userOf(site, file.author)),
    created: at(reader, file.created),
    size: file.bytes.length,
    mimeType: file.mimeType,
    content: site.cloud ? `${api(reader)}/attachment/content/${file.id}` : old,
    ...(picture ? { thumbnail: site.cloud ? `${api(reader)}/attachment/thumbnail/${file.id}` : old } : {}),
  };
}

/** Cloud tells customers' view of each comment as `jsdPublic`, Data Center in a property. */
export function presentComment(reader: Reader, issue: Issue, comment: Comment, expand: readonly string[] = []): Record<string, unknown> {
  const { site } = reader;
  const properties = [...propertiesOf(comment)].map(([key, value]) => ({ key, value }));
  return {
    self: `${api(reader)}/issue/${issue.id}/comment/${comment.id}`,
    id: comment.id,
    author: presentUser(reader, userOf(site, comment.author)),
    body: comment.body,
    ...(expand.includes('renderedBody') ? { renderedBody: renderText(site, issue, comment.body).markup } : {}),
    updateAuthor: presentUser(reader, userOf(site, comment.updateAuthor)),
    created: at(reader, comment.created),
    updated: at(reader, comment.updated),
    ...(comment.visibility ? { visibility: { ...comment.visibility, ...(site.cloud ? { identifier: comment.visibility.value } : {}) } } : {}),
    ...(site.cloud ? { jsdPublic: !comment.internal } : {}),
    ...(expand.includes('properties') ? { properties } : {}),
  };
}

/** With the one in which service management keeps what is internal. */
export function propertiesOf(comment: Comment): Map<string, unknown> {
  return comment.internal ? new Map([...comment.properties, ['sd.public.comment', { internal: true }]]) : comment.properties;
}

export const mayRead = (comment: Comment, project: Project, user: User | null): boolean =>
  comment.visibility === null ||
  (user !== null &&
    (comment.visibility.type === 'group'
      ? user.groups.includes(comment.visibility.value)
      : (project.roles.get(comment.visibility.value)?.has(user.id) ?? false)));

export const presentHistory = (reader: Reader, { id, author, created, items }: History): Record<string, unknown> => ({
  id,
  author: presentUser(reader, userOf(reader.site, author)),
  created: at(reader, created),
  items: items.map((item) => ({ ...item, fieldtype: item.fieldId.startsWith('customfield_') ? 'custom' : 'jira' })),
});

/** Every field of an issue, by id. */
export function fieldsOf(reader: Reader, issue: Issue, project: Project): Record<string, unknown> {
  const { site, user } = reader;
  const comments = issue.comments.filter((comment) => mayRead(comment, project, user)).map((comment) => presentComment(reader, issue, comment));
  const person = (id: string | null) => (id === null ? null : presentUser(reader, userOf(site, id)));
  return {
    summary: issue.summary,
    description: issue.description,
    issuetype: presentType(reader, issue.type),
    project: presentProject(reader, project),
    status: presentStatus(reader, issue.status),
    priority: presentPriority(reader, issue.priority),
    labels: issue.labels,
    assignee: person(issue.assignee),
    reporter: person(issue.reporter),
    creator: person(issue.creator),
    duedate: issue.duedate,
    created: at(reader, issue.created),
    updated: at(reader, issue.updated),
    attachment: issue.attachments.map((file) => presentAttachment(reader, file)),
    comment: { self: `${api(reader)}/issue/${issue.id}/comment`, comments, maxResults: comments.length, total: comments.length, startAt: 0 },
    ...issue.custom,
  };
}

/** Which fields a request wants: names, `*all`, `*navigable` (no comments, no attachments), `-name`. */
function wanted(all: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  const minus = new Set(fields.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  const plus = new Set(fields.filter((name) => !name.startsWith('-')));
  const every = plus.has('*all') || plus.size === 0;
  const navigable = plus.has('*navigable');
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => !minus.has(name) && (every || plus.has(name) || (navigable && name !== 'comment' && name !== 'attachment'))),
  );
}

export interface Wanted {
  fields: readonly string[];
  properties: readonly string[];
  expand: readonly string[];
}

export function presentIssue(reader: Reader, issue: Issue, project: Project, { fields, properties, expand }: Wanted): Record<string, unknown> {
  const shown = wanted(fieldsOf(reader, issue, project), fields);
  const own = [...issue.properties].filter(([key]) => properties.includes('*all') || properties.includes(key));
  const newest = issue.histories.toReversed().map((history) => presentHistory(reader, history));
  const rendered = (name: string, value: unknown): unknown => {
    if (name === 'description') return renderText(reader.site, issue, issue.description).markup;
    if (name !== 'comment') return null;
    const { comments } = record(value) as { comments: { id: string }[] };
    return {
      ...record(value),
      comments: comments.map((one) => ({ ...one, body: renderText(reader.site, issue, issue.comments.find(({ id }) => id === one.id)?.body ?? null).markup })),
    };
  };
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id: issue.id,
    self: `${api(reader)}/issue/${issue.id}`,
    key: issue.key,
    ...(fields.length === 1 && fields[0] === 'id' ? {} : { fields: shown }),
    ...(properties.length > 0 ? { properties: Object.fromEntries(own) } : {}),
    ...(expand.includes('names') ? { names: Object.fromEntries(Object.keys(shown).map((name) => [name, fieldName(reader.site, name)])) } : {}),
    ...(expand.includes('renderedFields')
      ? { renderedFields: Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, rendered(name, value)])) }
      : {}),
    ...(expand.includes('changelog') ? { changelog: { startAt: 0, maxResults: newest.length, total: newest.length, histories: newest } } : {}),
  };
}

export const FIELD_NAMES: Readonly<Record<string, string>> = {
  summary: 'Summary',
  description: 'Description',
  issuetype: 'Issue Type',
  project: 'Project',
  status: 'Status',
  priority: 'Priority',
  labels: 'Labels',
  assignee: 'Assignee',
  reporter: 'Reporter',
  creator: 'Creator',
  duedate: 'Due date',
  created: 'Created',
  updated: 'Updated',
  attachment: 'Attachment',
  comment: 'Comment',
};

export const fieldName = (site: Site, id: string): string => FIELD_NAMES[id] ?? site.fields.find((field) => field.id === id)?.name ?? id;
