import { startGitlab } from '../../../simulators/gitlab/gitlab.ts';
import { renderMarkdown } from '../../../simulators/gitlab/markdown.ts';
import { download, type GivenFile, type NewComment, type Party, sha256, type Who } from '../party.ts';
import { plainOfHtml } from '../plain.ts';
import { inMarkdown, type Words } from '../words.ts';

const PROJECT = 'acme/web';
const USER: Record<Who, string> = { first: 'nora', second: 'tomas' };
/** The list of files that Entente puts at the end of a text, which people see as attachments. */
const LIST = /\n*<!-- entente:files -->\n(?:- .*(?:\n|$))+/;
/** What people attach stands at the end, each on a line of its own. */
const ATTACHED = /(?:\n\n\[[^\]\n]*\]\(\/uploads\/[^)\n]*\))+\s*$/;
const UPLOAD = /\/uploads\/([0-9a-f]{32})\/([^)\s"]+)/g;

/** A simulated GitLab. Files are part of the texts: pictures where they stand, others below. */
export async function gitlabParty(): Promise<Party> {
  const sim = await startGitlab({ limits: 'off' });
  const { control } = sim;
  const digests = new Map<string, string>();
  const names = new Map(control.users().map(({ username, name }) => [username, name]));
  const nameOf = (address: string): string | undefined => (address.includes('/uploads/') ? decodeURIComponent(address.split('/').at(-1) ?? '') : undefined);

  function written(text: Words | { readonly source: string }, files: readonly GivenFile[] = [], by: Who = 'first'): string {
    const shown = new Map(files.map(({ name, content }) => [name, control.attach(PROJECT, name, content.toString('base64'), USER[by])]));
    const used = new Set<string>();
    const image = (name: string): string => {
      used.add(name);
      return shown.get(name) ?? name;
    };
    const words = 'source' in text ? text.source : inMarkdown(text, { image, mention: (name) => `@${name}` });
    return [words, ...[...shown].flatMap(([name, markdown]) => (used.has(name) ? [] : [markdown]))].join('\n\n');
  }
  const seen = (source: string) => {
    const text = source
      .replace(/\n*<!-- entente:mark [^>]*-->/, '')
      .replace(LIST, '')
      .replace(ATTACHED, '');
    return { text: plainOfHtml(renderMarkdown(text, `/${PROJECT}`).markup, nameOf), source };
  };
  async function digest(secret: string, name: string): Promise<string> {
    const known = digests.get(secret) ?? sha256(await download(`${sim.url}/${PROJECT}/uploads/${secret}/${name}`));
    digests.set(secret, known);
    return known;
  }

  return {
    platform: 'gitlab',
    name: 'GitLab',
    settings: { url: sim.url, token: sim.credentials.token, projects: PROJECT },
    hosts: [new URL(sim.url).host],
    types: ['issue', 'incident', 'task'],
    defaultType: 'issue',
    people: { first: 'Nora Developer', second: 'Tomás Reporter', service: 'Entente' },
    ping: '@nora',
    can: { internal: true, editDescription: true, editComment: true, deleteComment: true, attach: true, attachInternal: true },
    looseFiles: 'comment',

    async create({ summary, text, files, type }) {
      const given = { title: summary, description: written(text, files), ...(type ? { issue_type: type } : {}) };
      return control.createIssue(PROJECT, given, USER.first).references.full;
    },
    async comment(urn, { text, files, internal = false, by = 'first' }: NewComment) {
      return String(control.comment(urn, written(text, files, by), USER[by], internal));
    },
    async editSummary(urn, title) {
      control.editIssue(urn, { title }, USER.first);
    },
    async editDescription(urn, text) {
      control.editIssue(urn, { description: written(text) }, USER.first);
    },
    async editComment(urn, id, text) {
      control.editComment(urn, Number(id), written(text), USER.first);
    },
    async deleteComment(urn, id) {
      control.deleteComment(urn, Number(id));
    },

    async look(urn) {
      const issue = control.issue(urn);
      const notes = control.comments(urn);
      const uploads = new Map(
        [issue.description ?? '', ...notes.map(({ body }) => body)].flatMap((text) =>
          [...text.matchAll(UPLOAD)].map((match) => [match[1] ?? '', match[2] ?? '']),
        ),
      );
      return {
        summary: issue.title,
        type: issue.issue_type,
        author: issue.author.name,
        description: seen(issue.description ?? ''),
        comments: notes.map(({ id, author, internal, body }) => ({ id: String(id), author: author.name, internal, ...seen(body) })),
        files: await Promise.all([...uploads].map(async ([secret, name]) => ({ name: decodeURIComponent(name), sha256: await digest(secret, name) }))),
      };
    },
    count: async (summary) => control.issues(PROJECT).filter(({ title }) => title === summary).length,
    writes: () => control.requests().filter(({ method, user }) => method !== 'GET' && user === sim.credentials.username).length,
    pinged: () =>
      control
        .references()
        .flatMap(({ kind, target, by }) => (kind === 'user' && by === sim.credentials.username ? (names.get(target.toLowerCase()) ?? []) : [])),
    notices: {
      lose: () => control.webhookFault({ lose: 1e9 }),
      send: () => control.webhookFault({ lose: 0 }),
      settled: () => control.settled(),
    },
    stop: () => sim.stop(),
  };
}
