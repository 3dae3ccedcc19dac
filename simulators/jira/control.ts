import { commonControls } from '../http/controls.ts';
import { addAttachments, removeAttachment } from './attachments.ts';
import { addComment, deleteComment, editComment } from './comment-changes.ts';
import type { Deliveries } from './deliveries.ts';
import { isBlank, typed } from './documents.ts';
import { ApiError } from './errors.ts';
import { createIssue, deleteIssue, editIssue, moveIssue, transition, transitionId } from './issue-changes.ts';
import type { Issue, Permission, Text, User, Visibility } from './model.ts';
import { presentAttachment, presentComment, presentHistory, presentIssue, presentUser } from './present.ts';
import { renderText } from './render.ts';
import type { Desk } from './server.ts';
import { addUser, changed, issueBy, projectBy, projectOf, reindex, userBy } from './site.ts';
import { spoken } from './values.ts';
import type { Webhook } from './webhooks.ts';

/** What a test or an operator can do to the simulator that the vendor's API cannot. Issues are named by key or id, people by e-mail address. */
export type JiraControl = ReturnType<typeof createControl>;

/** Plain text is what a person types; a document (Cloud) or `{wiki}` (Data Center) stands as it is. */
export type Typed = string | Record<string, unknown> | { wiki: string };

interface IssueFields {
  summary?: string;
  description?: Typed | null;
  [field: string]: unknown;
}

export function createControl(desk: Desk, deliveries: Deliveries, webhooks: Webhook[], leaks: { count: number }) {
  const { site, oauth } = desk;
  const person = (email = 'dana@acme.example'): User => {
    const user = userBy(site, email);
    if (!user) throw new Error(`There is no user ${email}: add one with addUser.`);
    return user;
  };
  const issueAt = (key: string): Issue => {
    const issue = issueBy(site, String(key));
    if (!issue) throw new Error(`There is no issue ${key}.`);
    return issue;
  };
  const commentAt = (issue: Issue, id: string) => {
    const comment = issue.comments.find((one) => one.id === String(id));
    if (!comment) throw new Error(`There is no comment ${id} in ${issue.key}.`);
    return comment;
  };
  const projectAt = (key: string) => {
    const project = projectBy(site, key);
    if (!project) throw new Error(`There is no project ${key}.`);
    return project;
  };
  const reader = { site, user: null };
  const shown = (issue: Issue) =>
    presentIssue(reader, issue, projectOf(site, issue), { fields: [], properties: ['*all'], expand: [] }) as {
      id: string;
      key: string;
      fields: Record<string, unknown>;
    };
  const written = (text: Typed | null | undefined): Text | null | undefined => {
    if (typeof text === 'string') return typed(site, text);
    return text && 'wiki' in text ? String(text.wiki) : text;
  };
  /** Refusals are thrown as sentences. */
  const work = <T>(does: () => T): T => {
    try {
      return does();
    } catch (error) {
      throw error instanceof ApiError ? new Error(`Jira refuses: ${error.message}`) : error;
    }
  };
  /** People choose a status like any other field. */
  const moved = (issue: Issue, status: unknown, actor: User): void => {
    const to = site.statuses.find(({ name }) => name.toLowerCase() === String(status).toLowerCase());
    if (!to) throw new Error(`There is no status “${String(status)}”.`);
    if (to.id !== issue.status) transition(site, actor, issue, transitionId(to.id));
  };
  const fieldsOf = ({ description, priority, assignee, ...fields }: IssueFields) => ({
    ...fields,
    ...(description === undefined ? {} : { description: written(description) }),
    ...(typeof priority === 'string' ? { priority: { name: priority } } : {}),
    ...(assignee === undefined
      ? {}
      : { assignee: assignee === null ? null : site.cloud ? { accountId: person(spoken(assignee)).id } : { name: person(spoken(assignee)).name } }),
  });
  return {
    ...commonControls(site, desk, deliveries, leaks),
    webhooks: () => webhooks.map(({ secret, ...hook }) => ({ ...hook, signed: secret !== '' })),

    // People and projects
    users: () => site.users.map((user) => presentUser(reader, user)),
    /** The person may do everything in every project, unless `setPermissions` says otherwise. Their token is `tok-NAME`. */
    addUser: (given: Parameters<typeof addUser>[1]) => {
      const user = addUser(site, given);
      const model = person('dana@acme.example');
      for (const { permissions, roles } of site.projects) {
        permissions.set(user.id, new Set(permissions.get(model.id)));
        for (const members of roles.values()) if (members.has(model.id)) members.add(user.id);
      }
      return presentUser(reader, user);
    },
    setTimeZone: (email: string, timeZone: string) => void Object.assign(person(email), { timeZone }),
    setAdmin: (email: string, admin: boolean) => void Object.assign(person(email), { admin }),
    /** What somebody may do in a project; nothing: they do not see it. */
    setPermissions: (project: string, email: string, permissions: Permission[]) => {
      projectAt(project).permissions.set(person(email).id, new Set(permissions));
    },
    setRole: (project: string, role: string, emails: string[]) => {
      projectAt(project).roles.set(role, new Set(emails.map((email) => person(email).id)));
    },
    /** Fields (by id) that a type of a project cannot be created without. */
    setRequired: (project: string, required: Record<string, string[]>) => {
      projectAt(project).required = required;
    },
    revokeToken: (token: string) => void site.tokens.delete(token),
    addToken: (email: string, token: string) => void site.tokens.set(token, person(email).id),
    endAccessTokens: () => oauth.access.clear(),
    endRefreshTokens: () => oauth.refresh.clear(),

    // Issues, as people work with them in the browser
    issues: (project?: string) =>
      [...site.issues.values()].filter((issue) => !issue.deleted && (project === undefined || issue.project === projectAt(project).id)).map(shown),
    issue: (key: string) => shown(issueAt(key)),
    comments: (key: string) => {
      const issue = issueAt(key);
      return issue.comments.map((comment) => ({
        ...presentComment(reader, issue, comment, ['properties']),
        id: comment.id,
        body: comment.body,
        public: !comment.internal,
      }));
    },
    history: (key: string) => issueAt(key).histories.map((history) => presentHistory(reader, history)),
    createIssue: ({ project, type = 'Bug', status, ...fields }: IssueFields & { project: string; type?: string; status?: string }, as?: string) =>
      work(() => {
        const issue = createIssue(site, person(as), { fields: { project: { key: project }, issuetype: { name: type }, ...fieldsOf(fields) } });
        if (status !== undefined) moved(issue, status, person(as));
        return shown(issue);
      }),
    editIssue: (key: string, { status, type, ...fields }: IssueFields & { status?: unknown; type?: string }, as?: string) =>
      work(() => {
        const issue = issueAt(key);
        const more = type === undefined ? {} : { issuetype: { name: type } };
        if (Object.keys(fields).length > 0 || type !== undefined) editIssue(site, person(as), issue, { fields: { ...fieldsOf(fields), ...more } });
        if (status !== undefined) moved(issue, status, person(as));
        return shown(issue);
      }),
    deleteIssue: (key: string, as?: string) => work(() => deleteIssue(site, person(as), issueAt(key))),
    /** The key under which it is afterwards. */
    moveIssue: (key: string, project: string, as?: string) =>
      work(() => {
        const issue = issueAt(key);
        moveIssue(site, person(as), issue, project);
        return issue.key;
      }),
    /** Who may see the issue; null: everybody who sees the project. */
    setSecurity: (key: string, emails: string[] | null) => {
      const issue = issueAt(key);
      issue.security = emails === null ? null : emails.map((email) => person(email).id);
      reindex(site, issue);
    },

    comment: (key: string, given: { body: Typed; public?: boolean; visibility?: Visibility }, as?: string) =>
      work(() => {
        const issue = issueAt(key);
        const properties = given.public === false ? [{ key: 'sd.public.comment', value: { internal: true } }] : [];
        const comment = addComment(site, person(as), issue, { body: written(given.body), visibility: given.visibility, properties });
        return { id: comment.id, public: !comment.internal };
      }),
    editComment: (key: string, id: string, body: Typed, as?: string) =>
      work(() => {
        const issue = issueAt(key);
        const comment = commentAt(issue, id);
        editComment(site, person(as), issue, comment, { body: written(body), visibility: comment.visibility });
      }),
    /** Makes a comment internal, or public again. */
    hideComment: (key: string, id: string, internal: boolean, as?: string) => {
      const issue = issueAt(key);
      const comment = commentAt(issue, id);
      comment.internal = internal;
      changed(site, { name: 'comment_updated', issue, actor: person(as), comment });
    },
    deleteComment: (key: string, id: string, as?: string) => work(() => deleteComment(site, person(as), issueAt(key), commentAt(issueAt(key), id))),

    // Files
    /** `content`: bytes, or base64. `media`: how documents of Cloud name it. */
    attach: (key: string, { name, type, content }: { name: string; type: string; content: Uint8Array | string }, as?: string) =>
      work(() => {
        const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : Buffer.from(content);
        const [file] = addAttachments(site, person(as), issueAt(key), [{ name, type, bytes }]);
        return { id: file?.id ?? '', media: file?.media ?? '', filename: name };
      }),
    removeFile: (key: string, id: string, as?: string) =>
      work(() => {
        const issue = issueAt(key);
        const file = issue.attachments.find((one) => one.id === String(id));
        if (!file) throw new Error(`There is no file ${id} in ${issue.key}.`);
        removeAttachment(site, person(as), issue, file);
      }),
    files: (key: string) =>
      issueAt(key).attachments.map((file) => ({ ...presentAttachment(reader, file), id: file.id, filename: file.filename, media: file.media })),
    /** Its links to other systems. */
    links: (key: string) =>
      issueAt(key).remoteLinks.map(({ object, relationship }) => ({ title: spoken(object.title), url: spoken(object.url), relationship })),
    /** In base64. */
    fileContent: (id: string) => {
      const file = [...site.issues.values()].flatMap(({ attachments }) => attachments).find((one) => one.id === String(id));
      if (!file) throw new Error(`There is no file ${id}.`);
      return file.bytes.toString('base64');
    },
    /** How the browser shows the description, as HTML. */
    render: (key: string) => {
      const issue = issueAt(key);
      return isBlank(issue.description) ? '' : renderText(site, issue, issue.description).markup;
    },
  };
}
