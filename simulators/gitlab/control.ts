import { commonControls } from '../http/controls.ts';
import { addNote, deleteIssue, deleteNote, editNote, noteOf } from './changes.ts';
import type { Deliveries } from './deliveries.ts';
import { ApiError } from './errors.ts';
import { createIssue, updateIssue } from './issue-changes.ts';
import { type Issue, LEVELS, type Project, type Role, type Token, type User } from './model.ts';
import { presentIssue, presentNote } from './present.ts';
import type { Desk } from './server.ts';
import { addProject, addToken, addUser, projectNamed, timestamp, urnOf, userNamed } from './site.ts';
import { addUpload, presentUpload } from './uploads.ts';

/** What a test or an operator can do to the simulator that the vendor's API cannot. Issues are named as people do: `acme/web#7`. */
export type GitlabControl = ReturnType<typeof createControl>;

export function createControl(desk: Desk, deliveries: Deliveries, leaks: { count: number }) {
  const { site } = desk;
  const person = (username: string | undefined): User => {
    const user = userNamed(site, username ?? 'ada');
    if (!user) throw new Error(`There is no user ${username}: add one with addUser.`);
    return user;
  };
  const projectAt = (path: string): Project => {
    const project = projectNamed(site, path);
    if (!project) throw new Error(`There is no project ${path}.`);
    return project;
  };
  const issueAt = (urn: string): Issue => {
    const issue = site.issues.find((one) => urnOf(site, one) === urn);
    if (!issue) throw new Error(`There is no issue ${urn}.`);
    return issue;
  };
  const noteAt = (issue: Issue, id: number) => {
    const note = noteOf(site, issue, id);
    if (!note) throw new Error(`There is no comment ${id} in ${urnOf(site, issue)}.`);
    return note;
  };
  const shown = (issue: Issue) => presentIssue(site, issue, person(undefined));
  /** Refusals are thrown as sentences. */
  const work = <T>(does: () => T): T => {
    try {
      return does();
    } catch (error) {
      throw error instanceof ApiError ? new Error(`GitLab refuses: ${error.message}`) : error;
    }
  };
  return {
    ...commonControls(site, desk, deliveries, leaks),
    hooks: () => site.hooks,
    /** References that GitLab acted on or made links of, since the start. */
    references: () => site.references,
    /** Quick actions that were carried out, since the start. */
    commands: () => site.commands,

    // People
    users: () => site.users,
    addUser: (user: { username: string; name: string; bot?: boolean }) => addUser(site, user),
    addToken: (username: string, token: { value: string; kind?: Token['kind']; scopes?: string[]; expires_at?: string | null }) =>
      addToken(site, person(username), token),
    revokeToken: (value: string) => {
      for (const token of site.tokens) if (token.value === value) token.revoked = true;
    },
    addProject: (path: string, members: Record<string, Role>, visibility?: Project['visibility']) => addProject(site, path, members, visibility).id,
    setMember: (path: string, username: string, role: Role | null) => {
      const { members } = projectAt(path);
      if (role === null) members.delete(person(username).id);
      else members.set(person(username).id, LEVELS[role]);
    },
    renameProject: (path: string, to: string) => void Object.assign(projectAt(path), { path_with_namespace: to }),

    // Issues, as people work with them in the browser
    issues: (path?: string) => site.issues.filter((issue) => path === undefined || issue.project_id === projectAt(path).id).map(shown),
    issue: (urn: string) => shown(issueAt(urn)),
    comments: (urn: string) => site.notes.filter((note) => note.issue === issueAt(urn).id && !note.system).map((note) => presentNote(site, note)),
    systemNotes: (urn: string) => site.notes.filter((note) => note.issue === issueAt(urn).id && note.system).map((note) => note.body),
    files: (path: string) => site.uploads.filter((upload) => upload.project_id === projectAt(path).id).map(({ bytes: _bytes, ...upload }) => upload),
    /** The content of a file, in base64, by the address that texts have: `/uploads/SECRET/NAME`. */
    fileContent: (url: string) => {
      const [secret, name] = url.split('/').slice(-2);
      const upload = site.uploads.find((one) => one.secret === secret && one.filename === decodeURIComponent(name ?? ''));
      if (!upload) throw new Error(`There is no file ${url}.`);
      return upload.bytes.toString('base64');
    },
    createIssue: (path: string, input: Record<string, unknown>, as?: string) => work(() => shown(createIssue(site, person(as), projectAt(path), input))),
    editIssue: (urn: string, input: Record<string, unknown>, as?: string) =>
      work(() => {
        const issue = issueAt(urn);
        updateIssue(site, person(as), issue, input);
        return shown(issue);
      }),
    deleteIssue: (urn: string) => deleteIssue(site, issueAt(urn)),
    /** The id of the comment; null: it was quick actions only. */
    comment: (urn: string, body: string, as?: string, internal = false): number | null =>
      work(() => {
        const made = addNote(site, person(as), issueAt(urn), { body, internal });
        return 'commands' in made ? null : made.id;
      }),
    editComment: (urn: string, id: number, body: string, as?: string) => work(() => editNote(site, person(as), noteAt(issueAt(urn), id), issueAt(urn), body)),
    deleteComment: (urn: string, id: number) => deleteNote(site, noteAt(issueAt(urn), id)),
    /** Uploads a file, so that a text can refer to it; the Markdown that shows it. */
    attach: (path: string, name: string, base64: string, as?: string) => {
      const project = projectAt(path);
      return presentUpload(project, addUpload(site, person(as), project, name, Buffer.from(base64, 'base64'))).markdown;
    },
    today: () => timestamp(site).slice(0, 10),
  };
}
