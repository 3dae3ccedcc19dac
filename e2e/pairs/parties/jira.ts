import { startJira } from '../../../simulators/jira/jira.ts';
import { type GivenFile, type NewComment, type Party, sha256, type Who } from '../party.ts';
import { plainOfAdf } from '../plain.ts';
import { type AdfNode, inAdf, type Words } from '../words.ts';

const PROJECT = 'SUP';
const MAIL: Record<Who, string> = { first: 'dana@acme.example', second: 'omar@acme.example' };

/** A simulated Jira Cloud with a service project. Files belong to the issue; texts are documents that show them by their media ids. */
export async function jiraParty(): Promise<Party> {
  const sim = await startJira({ limits: 'off', settings: { searchLagMs: 0 } });
  const { control } = sim;

  /** People attach a file first, then put it into the text: as a picture where it stands, else at the end. The newest of a name is meant. */
  function written(
    key: string,
    text: Words | { readonly source: string },
    files: readonly GivenFile[] = [],
    by: Who = 'first',
    place: 'comment' | 'description' = 'comment',
  ): Record<string, unknown> {
    const media = new Map(files.map((file) => [file.name, control.attach(key, file, MAIL[by]).media]));
    if ('source' in text) return JSON.parse(text.source) as Record<string, unknown>;
    const used = new Set<string>();
    const shown = (type: string, attrs: Record<string, unknown>, name: string): AdfNode => {
      used.add(name);
      return { type, attrs: { ...attrs, id: media.get(name) ?? '', collection: '' } };
    };
    const document = inAdf(text, {
      image: (name) => shown('mediaInline', { type: 'image' }, name),
      media: (name) => shown('media', { type: 'file' }, name),
      mention: (name) => ({ type: 'mention', attrs: { id: idOf(name), text: `@${name}` } }),
    });
    const rest = [...media.keys()].filter((name) => !used.has(name)).map((name) => shown('media', { type: 'file' }, name));
    // Below a description Jira shows every file of the issue.
    return rest.length && place === 'comment' ? { ...document, content: [...document.content, { type: 'mediaGroup', content: rest }] } : document;
  }
  const idOf = (name: string): string => {
    const { accountId } = control.users().find(({ displayName }) => displayName === name) ?? {};
    return typeof accountId === 'string' ? accountId : 'unknown';
  };
  const nameOf = (key: string) => (media: string) => control.files(key).find((file) => file.media === media)?.filename;
  const told = (key: string, document: unknown) =>
    document === null || document === undefined
      ? { text: '', source: '' }
      : { text: plainOfAdf(withoutList(document as AdfNode), nameOf(key)), source: JSON.stringify(document) };

  return {
    platform: 'jira',
    name: 'Jira',
    settings: { url: sim.url, auth: { kind: 'token', ...sim.credentials } },
    hosts: [sim.url, sim.mediaUrl].map((url) => new URL(url).host),
    scope: PROJECT,
    types: ['Bug', 'Task'],
    defaultType: 'Task',
    people: { first: 'Dana Developer', second: 'Omar Haddad', service: 'Sync Service' },
    can: { internal: true, editDescription: true, editComment: true, deleteComment: true, attach: true, attachInternal: true },
    looseFiles: 'entity',

    async create({ summary, text, files, type }) {
      const { key } = control.createIssue({ project: PROJECT, summary, ...(type ? { type } : {}) }, MAIL.first);
      control.editIssue(key, { description: written(key, text, files, 'first', 'description') }, MAIL.first);
      return key;
    },
    async comment(urn, { text, files, internal = false, by = 'first' }: NewComment) {
      return control.comment(urn, { body: written(urn, text, files, by), public: !internal }, MAIL[by]).id;
    },
    async editSummary(urn, summary) {
      control.editIssue(urn, { summary }, MAIL.first);
    },
    async editDescription(urn, text) {
      control.editIssue(urn, { description: written(urn, text) }, MAIL.first);
    },
    async editComment(urn, id, text) {
      control.editComment(urn, id, written(urn, text), MAIL.first);
    },
    async deleteComment(urn, id) {
      control.deleteComment(urn, id, MAIL.first);
    },

    async look(urn) {
      const { fields } = control.issue(urn);
      const { summary, issuetype, creator, description } = fields as {
        summary: string;
        issuetype: { name: string };
        creator: { displayName: string };
        description: unknown;
      };
      return {
        summary,
        type: issuetype.name,
        author: creator.displayName,
        description: told(urn, description),
        comments: control.comments(urn).map((comment) => ({
          id: comment.id,
          author: (comment as unknown as { author: { displayName: string } }).author.displayName,
          internal: !comment.public,
          ...told(urn, comment.body),
        })),
        files: control.files(urn).map(({ id, filename }) => ({ name: filename, sha256: sha256(Buffer.from(control.fileContent(id), 'base64')) })),
      };
    },
    links: async (urn) => control.links(urn).map(({ title, url }) => ({ title, url })),
    count: async (summary) => control.issues(PROJECT).filter(({ fields }) => fields.summary === summary).length,
    writes: () =>
      control.requests().filter(({ method, path, user }) => method !== 'GET' && !/\/search(\/jql)?$/.test(path) && user === sim.credentials.email).length,
    notices: {
      lose: () => control.webhookFault({ lose: 1e9 }),
      send: () => control.webhookFault({ lose: 0 }),
      settled: () => control.settled(),
    },
    stop: () => sim.stop(),
  };
}

/** Files that stand in a last paragraph, as cards (people's) or as links (Entente's), are attachments for whoever reads it. */
function withoutList(document: AdfNode): AdfNode {
  const content = document.content ?? [];
  const last = content.at(-1);
  const links = (last?.type === 'paragraph' ? last.content : undefined)?.filter(({ text }) => text?.trim() !== '') ?? [];
  const leads = ({ marks = [] }: AdfNode): boolean => marks.some(({ attrs }) => /\/attachment\/content\/\d+$/.test(String(attrs?.href)));
  return last?.type === 'mediaGroup' || (links.length > 0 && links.every(leads)) ? { ...document, content: content.slice(0, -1) } : document;
}
