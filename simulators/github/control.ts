import { commonControls } from '../http/controls.ts';
import { addAttachment, attachmentAt } from './attachments.ts';
import { addComment, deleteComment, editComment } from './comment-changes.ts';
import type { Deliveries } from './deliveries.ts';
import { ApiError } from './errors.ts';
import type { Actor } from './history.ts';
import { addRepo, addToken, addUser, commentsOf, fullName, numbered, repoNamed, stamp, urnOf, userNamed } from './hub.ts';
import { createIssue, editIssue } from './issue-changes.ts';
import { deleteIssue, setLocked, transferIssue } from './issue-fate.ts';
import type { Issue, Level, Permission, Repo, Token, User } from './model.ts';
import { presentComment, presentWholeIssue } from './present.ts';
import { render } from './render.ts';
import type { Desk } from './server.ts';

/** What a test or an operator can do to the simulator that the vendor's API cannot. Issues are named as people do: `acme/web#7`. */
export type GithubControl = ReturnType<typeof createControl>;

const FULL = { raw: true, html: true, text: true };

export function createControl(desk: Desk, deliveries: Deliveries, leaks: { count: number }) {
  const { hub } = desk;
  const person = (login = 'ada'): User => {
    const user = userNamed(hub, login);
    if (!user) throw new Error(`There is no user ${login}: add one with addUser.`);
    return user;
  };
  const acting = (login?: string): Actor => ({ user: person(login), viaApp: false });
  const repoAt = (name: string): Repo => {
    const repo = repoNamed(hub, name);
    if (!repo) throw new Error(`There is no repository ${name}.`);
    return repo;
  };
  const issueAt = (urn: string): Issue => {
    const [name = '', number] = urn.split('#');
    const issue = numbered(hub, repoAt(name), Number(number));
    if (!issue || issue.gone !== null) throw new Error(`There is no issue ${urn}.`);
    return issue;
  };
  const commentAt = (issue: Issue, id: number) => {
    const comment = commentsOf(hub, issue).find((one) => one.id === id);
    if (!comment) throw new Error(`There is no comment ${id} in ${urnOf(hub, issue)}.`);
    return comment;
  };
  const shown = (issue: Issue) => ({ ...presentWholeIssue(hub, issue, FULL), urn: urnOf(hub, issue) });
  const pushes = (repo: Repo, user: User) => repo.owner === user.id || !['read', undefined].includes(repo.collaborators.get(user.id));
  /** Refusals are thrown as sentences. */
  const work = <T>(does: () => T): T => {
    try {
      return does();
    } catch (error) {
      throw error instanceof ApiError ? new Error(`GitHub refuses: ${error.message} ${JSON.stringify(error.more)}`) : error;
    }
  };
  const repoOfIssue = (issue: Issue): Repo => hub.repos.find(({ id }) => id === issue.repo) as Repo;
  return {
    ...commonControls(hub, desk, deliveries, leaks),
    hooks: () => hub.hooks,
    /** Who was notified by a mention, and which issues a text referred to, since the start. */
    pings: () => hub.pings,
    clearPings: () => {
      hub.pings.length = 0;
    },

    // People, tokens, repositories
    users: () => hub.users,
    addUser: (user: { login: string; name?: string; type?: User['type'] }) => addUser(hub, user),
    addToken: (login: string, token: Partial<Omit<Token, 'user'>> & { value: string }) => addToken(hub, person(login), token),
    revokeToken: (value: string) => {
      hub.tokens = hub.tokens.filter((token) => token.value !== value);
    },
    addRepo: (name: string, collaborators: Record<string, Level> = { 'entente-bot': 'admin', ada: 'admin' }, options: { private?: boolean } = {}) =>
      addRepo(hub, name, collaborators, options).id,
    setCollaborator: (name: string, login: string, level: Level | null) => {
      const { collaborators } = repoAt(name);
      if (level === null) collaborators.delete(person(login).id);
      else collaborators.set(person(login).id, level);
    },
    archive: (name: string, archived = true) => void Object.assign(repoAt(name), { archived }),
    disableIssues: (name: string, disabled = true) => void Object.assign(repoAt(name), { hasIssues: !disabled }),
    renameRepo: (name: string, to: string) => {
      const repo = repoAt(name);
      repo.formerNames.push(fullName(hub, repo).toLowerCase());
      repo.name = to;
    },
    /** Where the App's events go; empty: nowhere. */
    setAppWebhook: (url: string) => {
      hub.app.webhook.url = url;
    },
    /** What the App's installation reaches and may do; `suspended` shuts it out. */
    setInstallation: (changes: { repos?: string[] | 'all'; permissions?: Record<string, Permission>; suspended?: boolean }) => {
      const installation = hub.installations[0];
      if (!installation) throw new Error('The App is not installed.');
      if (changes.repos) installation.repos = changes.repos === 'all' ? 'all' : changes.repos.map((name) => repoAt(name).id);
      if (changes.permissions) installation.permissions = changes.permissions;
      if (changes.suspended !== undefined) installation.suspended_at = changes.suspended ? stamp(hub) : null;
    },

    // Issues, as people work with them in the browser
    issues: (name?: string) => hub.issues.filter((issue) => issue.gone === null && (name === undefined || issue.repo === repoAt(name).id)).map(shown),
    issue: (urn: string) => shown(issueAt(urn)),
    comments: (urn: string) => commentsOf(hub, issueAt(urn)).map((comment) => presentComment(hub, comment, FULL)),
    createIssue: (name: string, input: Record<string, unknown>, as?: string) =>
      work(() => shown(createIssue(hub, acting(as), repoAt(name), input, pushes(repoAt(name), person(as))))),
    createPull: (name: string, input: Record<string, unknown>, as?: string) =>
      work(() => shown(createIssue(hub, acting(as), repoAt(name), input, true, { merged_at: null, draft: false }))),
    editIssue: (urn: string, input: Record<string, unknown>, as?: string) =>
      work(() => {
        const issue = issueAt(urn);
        editIssue(hub, acting(as), repoOfIssue(issue), issue, input, true);
        return shown(issue);
      }),
    deleteIssue: (urn: string, as?: string) => work(() => deleteIssue(hub, acting(as), issueAt(urn))),
    /** The URN under which it is afterwards. */
    transferIssue: (urn: string, to: string, as?: string) =>
      work(() => urnOf(hub, transferIssue(hub, acting(as), issueAt(urn), repoOfIssue(issueAt(urn)), repoAt(to)))),
    lockIssue: (urn: string, locked = true, as?: string) => setLocked(hub, acting(as), issueAt(urn), locked, null),
    /** The id of the comment. */
    comment: (urn: string, body: string, as?: string): number => work(() => addComment(hub, acting(as), issueAt(urn), body, true).id),
    editComment: (urn: string, id: number, body: string, as?: string) =>
      work(() => editComment(hub, acting(as), issueAt(urn), commentAt(issueAt(urn), id), body)),
    deleteComment: (urn: string, id: number, as?: string) => work(() => deleteComment(hub, acting(as), issueAt(urn), commentAt(issueAt(urn), id))),

    // Files
    /** Pastes a file (base64) into the page of a repository: the address, and the Markdown that belongs into the text. */
    attach: (name: string, file: { name: string; type: string; content: string }) =>
      addAttachment(hub, repoAt(name), { name: file.name, type: file.type, bytes: Buffer.from(file.content, 'base64') }),
    files: (name?: string) =>
      hub.attachments.filter((file) => name === undefined || file.repo === repoAt(name).id).map(({ bytes, ...file }) => ({ ...file, size: bytes.length })),
    /** The content of a file, in base64, by the address that texts have. */
    fileContent: (url: string) => {
      const file = attachmentAt(hub, url);
      if (!file) throw new Error(`There is no file ${url}.`);
      return file.bytes.toString('base64');
    },
    /** How a text would be shown in a repository. */
    render: (name: string, text: string) => render(hub, repoAt(name), text).html,
  };
}
