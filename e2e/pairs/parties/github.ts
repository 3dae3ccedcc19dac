import { startGithub } from '../../../simulators/github/github.ts';
import { download, type GivenFile, type NewComment, type Party, sha256, type Who } from '../party.ts';
import { plainOfHtml } from '../plain.ts';
import { inMarkdown, type Words } from '../words.ts';

const REPO = 'acme/web';
const USER: Record<Who, string> = { first: 'nora', second: 'tomas' };
/** The list of files that Entente puts at the end of a text, which people see as attachments. */
const LIST = /\n*<!-- entente:files -->\n(?:- .*(?:\n|$))+/;
/** What people drop into the page stands at the end, each on a line of its own. */
const ATTACHED = /(?:\n\n\[[^\]\n]*\]\([^)\n]*\/user-attachments\/[^)\n]*\))+\s*$/;
const PASTED = /https?:\/\/[^\s()<>"]+\/user-attachments\/[^\s()<>"]+/g;
/** An address of the node, under which it shows a file of the other side. */
const LINK = /https?:\/\/[^\s()<>"]+\/files\/[\w-]+\/[\w-]+\/[^\s()<>"]+/g;

/** A simulated GitHub. People paste files into its page; its API takes none: those of the other side are shown under addresses of the node. */
export async function githubParty(): Promise<Party> {
  const sim = await startGithub({ limits: 'off', settings: { searchLagMs: 0 } });
  const { control } = sim;
  const names: Readonly<Record<string, string>> = { nora: 'nora', tomas: 'tomas' };
  const nameOf = (address: string): string | undefined =>
    pastedName(address) ?? (/\/files\//.test(address) ? decodeURIComponent(address.split('/').at(-1) ?? '') : undefined);
  function written(text: Words | { readonly source: string }, files: readonly GivenFile[] = []): string {
    const pasted = new Map(files.map(({ name, type, content }) => [name, control.attach(REPO, { name, type, content: content.toString('base64') }).markdown]));
    const used = new Set<string>();
    const image = (name: string): string => {
      used.add(name);
      return pasted.get(name) ?? name;
    };
    const words = 'source' in text ? text.source : inMarkdown(text, { image, mention: (name) => `@${name}` });
    return [words, ...[...pasted].flatMap(([name, markdown]) => (used.has(name) ? [] : [markdown]))].join('\n\n');
  }
  /** What people paste, by its address. */
  const pastedName = (address: string): string | undefined => control.files(REPO).find(({ path }) => address.replace(/[?#].*/, '').endsWith(`/${path}`))?.name;
  const seen = (body: string | null) => {
    const source = body ?? '';
    const text = source
      .replace(/\n*<!-- entente:mark [^>]*-->/, '')
      .replace(LIST, '')
      .replace(ATTACHED, '');
    return { text: plainOfHtml(control.render(REPO, text), nameOf), source };
  };
  /** The same file of the other side may be written under several addresses, as each ends after a while. */
  async function filesIn(texts: readonly (string | null)[]) {
    const within = (pattern: RegExp) => texts.flatMap((text) => (text ?? '').match(pattern) ?? []);
    const pasted = [...new Set(within(PASTED))].map((address) => ({
      name: nameOf(address) ?? '',
      sha256: sha256(Buffer.from(control.fileContent(address), 'base64')),
    }));
    const linked = new Map(
      within(LINK)
        .filter((address) => !address.includes('/user-attachments/'))
        .map((address) => [address.replace(/\/[\w-]+\/[^/]+$/, ''), address]),
    );
    const shown = [...linked.values()].map(async (address) => ({ name: nameOf(address) ?? '', sha256: sha256(await download(address)) }));
    return [...pasted, ...(await Promise.all(shown))];
  }

  return {
    platform: 'github',
    name: 'GitHub',
    settings: { url: `${sim.url}/acme`, repositories: 'web', auth: { kind: 'token', token: sim.credentials.classicToken } },
    hosts: [sim.url, sim.contentUrl].map((url) => new URL(url).host),
    types: ['Task', 'Bug', 'Feature'],
    defaultType: 'Task',
    people: { first: 'nora', second: 'tomas', service: sim.credentials.login },
    ping: '@nora',
    can: { internal: false, editDescription: true, editComment: true, deleteComment: true, attach: true, attachInternal: false },
    looseFiles: 'comment',

    async create({ summary, text, files, type }) {
      return control.createIssue(REPO, { title: summary, body: written(text, files), ...(type ? { type } : {}) }, USER.first).urn;
    },
    async comment(urn, { text, files, by = 'first' }: NewComment) {
      return String(control.comment(urn, written(text, files), USER[by]));
    },
    async editSummary(urn, title) {
      control.editIssue(urn, { title }, USER.first);
    },
    async editDescription(urn, text) {
      control.editIssue(urn, { body: written(text) }, USER.first);
    },
    async editComment(urn, id, text) {
      control.editComment(urn, Number(id), written(text), USER.first);
    },
    async deleteComment(urn, id) {
      control.deleteComment(urn, Number(id), USER.first);
    },

    async look(urn) {
      const issue = control.issue(urn);
      const comments = control.comments(urn);
      return {
        summary: issue.title,
        type: 'type' in issue ? (issue.type?.name ?? null) : null,
        author: issue.user.login,
        description: seen(issue.body ?? null),
        comments: comments.map(({ id, user, body }) => ({ id: String(id), author: user.login, internal: false, ...seen(body ?? null) })),
        files: await filesIn([issue.body ?? null, ...comments.map(({ body }) => body ?? null)]),
      };
    },
    count: async (summary) => control.issues(REPO).filter(({ title }) => title === summary).length,
    writes: () => control.requests().filter(({ method, user }) => method !== 'GET' && user === sim.credentials.login).length,
    pinged: () => control.pings().flatMap(({ kind, target }) => (kind === 'mention' ? (names[target.toLowerCase()] ?? []) : [])),
    notices: {
      lose: () => control.webhookFault({ lose: 1e9 }),
      send: () => control.webhookFault({ lose: 0 }),
      settled: () => control.settled(),
    },
    stop: () => sim.stop(),
  };
}
