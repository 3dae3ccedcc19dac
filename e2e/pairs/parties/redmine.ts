import type { Element, Nodes } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import { visit } from 'unist-util-visit';
import { realRedmine } from '../../real/redmine.ts';
import { RedmineHuman, wayToRedmine } from '../../worlds/redmine.ts';
import { download, type NewComment, type Party, sha256, type Who } from '../party.ts';
import { plainOfElements } from '../plain.ts';
import { inMarkdown, inTextile, type Tongue, type Words } from '../words.ts';

interface WireIssue {
  readonly id: number;
  readonly subject: string;
  readonly description: string | null;
  readonly tracker: { readonly name: string };
  readonly author: { readonly name: string };
  readonly journals: readonly {
    readonly id: number;
    readonly user: { readonly name: string };
    readonly notes: string | null;
    readonly private_notes: boolean;
  }[];
  readonly attachments: readonly { readonly id: number; readonly filename: string; readonly content_url: string }[];
}

/** A real Redmine, reached by the node through a proxy that counts. Texts are read off the pages that it shows to people. */
export async function redmineParty(format: 'textile' | 'markdown' = 'textile'): Promise<Party> {
  const real = (await realRedmine())[format];
  const way = await wayToRedmine(real.base);
  const keys: Record<Who, string> = { first: real.managerKey, second: real.agentKey };
  const people = { first: new RedmineHuman(real.base, keys.first), second: new RedmineHuman(real.base, keys.second) };
  const { trackers } = await people.first.call<{ trackers: { id: number; name: string }[] }>('GET', '/trackers.json');
  const digests = new Map<number, string>();
  const pages = new Map<string, { readonly of: string; readonly texts: Map<string, string> }>();

  // A picture is named as people name it; the newest of that name is shown.
  const tongue: Tongue = { image: (name) => (format === 'textile' ? `!${name}!` : `![](${name})`), mention: (name) => `@${name}` };
  const written = (text: Words | { readonly source: string }): string =>
    'source' in text ? text.source : (format === 'textile' ? inTextile : inMarkdown)(text, tongue);
  const uploaded = async (by: Who, files: NewComment['files'] = []) => ({
    uploads: await Promise.all(
      files.map(async ({ name, type, content }) => {
        const { upload } = await people[by].call<{ upload: { token: string } }>('POST', `/uploads.json?filename=${encodeURIComponent(name)}`, content);
        return { token: upload.token, filename: name, content_type: type };
      }),
    ),
  });
  const issueOf = async (urn: string): Promise<WireIssue> =>
    (await people.first.call<{ issue: WireIssue }>('GET', `/issues/${urn}.json?include=journals,attachments`)).issue;

  /** What the issue's page shows: by the journal's id; '' is the description. Pages take long: while nothing has changed the last one is good. */
  async function textsOf(urn: string, issue: WireIssue): Promise<Map<string, string>> {
    const of = JSON.stringify(issue);
    const known = pages.get(urn);
    if (known?.of === of) return known.texts;
    const texts = await pageOf(urn);
    pages.set(urn, { of, texts });
    return texts;
  }
  async function pageOf(urn: string): Promise<Map<string, string>> {
    const page = fromHtml(String(await download(`${real.base}/issues/${urn}`, { 'x-redmine-api-key': real.managerKey })));
    const texts = new Map<string, string>();
    const nameOf = (address: string): string | undefined =>
      address.includes('/attachments/') ? decodeURIComponent(address.split('/').at(-1)?.replace(/\?.*/, '') ?? '') : undefined;
    visit(page as Nodes, 'element', (node: Element) => {
      const journal = /^journal-(\d+)-notes$/.exec(String(node.properties.id ?? ''))?.[1];
      if (journal !== undefined) texts.set(journal, plainOfElements(node.children, nameOf));
      if (node.tagName === 'div' && String(node.properties.className) === 'description') {
        const wiki = node.children.find((child) => child.type === 'element' && String(child.properties.className) === 'wiki');
        if (wiki?.type === 'element') texts.set('', plainOfElements(wiki.children, nameOf));
      }
    });
    return texts;
  }

  return {
    platform: 'redmine',
    name: `Redmine (${format})`,
    settings: { url: way.url, apiKey: real.apiKey, textFormat: format, attachmentMaxKb: real.attachmentMaxKb },
    hosts: [new URL(way.url).host],
    scope: 'support',
    types: ['Bug', 'Feature', 'Support', 'Incident', 'Question'],
    defaultType: 'Support',
    people: { first: 'Mona Manager', second: 'Agnes Agent', service: 'Redmine Admin' },
    // Files of private notes are seen by everybody who sees the issue.
    can: { internal: true, editDescription: true, editComment: true, deleteComment: true, attach: true, attachInternal: false },
    looseFiles: 'entity',

    async create({ summary, text, files, type }) {
      const tracker_id = trackers.find(({ name }) => name === type)?.id;
      return people.first.create('support', { subject: summary, description: written(text), tracker_id, ...(await uploaded('first', files)) });
    },
    async comment(urn, { text, files, internal = false, by = 'first' }) {
      await people[by].update(urn, { notes: written(text), private_notes: internal, ...(await uploaded(by, files)) });
      return String((await issueOf(urn)).journals.filter(({ notes }) => notes).at(-1)?.id);
    },
    editSummary: (urn, subject) => people.first.update(urn, { subject }),
    editDescription: (urn, text) => people.first.update(urn, { description: written(text) }),
    editComment: (_urn, id, text) => people.first.journal(id, { notes: written(text) }),
    deleteComment: (_urn, id) => people.first.journal(id, { notes: '' }),

    async look(urn) {
      const issue = await issueOf(urn);
      const page = await textsOf(urn, issue);
      const told = (id: string, source: string | null) => ({ text: page.get(id) ?? '', source: (source ?? '').replaceAll('\r\n', '\n') });
      return {
        summary: issue.subject,
        type: issue.tracker.name,
        author: issue.author.name,
        description: told('', issue.description),
        comments: issue.journals
          .filter(({ notes }) => notes)
          .map(({ id, user, notes, private_notes }) => ({ id: String(id), author: user.name, internal: private_notes, ...told(String(id), notes) })),
        files: await Promise.all(
          issue.attachments.map(async ({ id, filename, content_url }) => {
            const digest = digests.get(id) ?? sha256(await download(content_url, { 'x-redmine-api-key': real.managerKey }));
            digests.set(id, digest);
            return { name: filename, sha256: digest };
          }),
        ),
      };
    },
    async count(summary) {
      const query = new URLSearchParams({ status_id: '*', subject: summary });
      return (await people.first.call<{ total_count: number }>('GET', `/issues.json?${String(query)}`)).total_count;
    },
    writes: () => way.writes(),
    stop: () => way.close(),
  };
}
