import type { Element, Nodes } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import { visit } from 'unist-util-visit';
import { realRt } from '../../real/rt.ts';
import { RtHuman } from '../../worlds/rt.ts';
import { wayTo } from '../../worlds/way.ts';
import { download, type NewComment, type Party, sha256 } from '../party.ts';
import { plainOfElements } from '../plain.ts';
import { inHtml, type Words } from '../words.ts';

interface WireTransaction {
  readonly id: string;
  readonly Type: string;
  readonly Creator: { readonly RealName: string };
}

/** What the page of a ticket shows of one transaction. */
interface Shown {
  text: string;
  source: string;
  readonly files: { readonly name: string; readonly url: string }[];
}

/** RT shows only the label of a picture where it stands, and the picture below: read as if it stood there. `pictures`: addresses by label. */
function inPlace(stanza: Element, pictures: ReadonlyMap<string, string>): void {
  visit(stanza as Nodes, 'element', (node: Element) => {
    const [label] = node.children;
    const src = label?.type === 'text' ? pictures.get(label.value) : undefined;
    if (node.tagName !== 'a' || node.properties.href !== undefined || src === undefined) return;
    node.tagName = 'img';
    node.properties = { src };
  });
}

const className = ({ properties }: Element): string => (Array.isArray(properties.className) ? properties.className.join(' ') : '');

/** A real Request Tracker, reached by the node through a proxy that counts. Texts and files are read off the pages that it shows to people. */
export async function rtParty(): Promise<Party> {
  const real = await realRt();
  const way = await wayTo(real.base);
  const people = { first: new RtHuman(real.base, real.staffToken), second: new RtHuman(real.base, real.agentToken) };
  const { id: scope } = await people.first.get<{ id: number }>('/queue/Support');
  const staff = { authorization: `token ${real.staffToken}` };
  const digests = new Map<string, string>();

  // RT shows a picture below the text that it came with, by its name; people refer to it so.
  const written = (text: Words | { readonly source: string }, names: readonly string[]): string =>
    'source' in text
      ? text.source
      : inHtml(text, { image: (name) => `<img src="cid:${names.indexOf(name) + 1}.${encodeURIComponent(name)}@entente">`, mention: (name) => `@${name}` });
  const nameOf = (address: string): string | undefined => {
    const named = /^cid:p?\d+\.(.+)@entente$/.exec(address)?.[1] ?? /Attachment\/\d+\/\d+\/([^/]+)$/.exec(address)?.[1];
    return named === undefined ? undefined : decodeURIComponent(named);
  };

  /** By transaction, as the ticket's page shows it. */
  async function pageOf(urn: string, sources: ReadonlyMap<string, string>): Promise<Map<string, Shown>> {
    const pictures = new Map(
      [...sources].map(([id, html]) => [
        id,
        new Map([...html.matchAll(/"(cid:p\d+\.[^"]*)">([^<]*)</g)].map(([, address = '', label = '']) => [label, address])),
      ]),
    );
    const page = fromHtml(String(await download(`${real.base}/Helpers/TicketHistory?id=${urn}`, staff)));
    const found = new Map<string, Shown>();
    visit(page as Nodes, 'element', (node: Element) => {
      const id = node.properties.dataTransactionId;
      if (typeof id !== 'string') return;
      const shown: Shown = { text: '', source: '', files: [] };
      visit(node as Nodes, 'element', (inner: Element) => {
        if (className(inner) === 'message-stanza') inPlace(inner, pictures.get(id) ?? new Map());
        // A text file that came along is shown below its name.
        if (className(inner) === 'message-stanza' && shown.files.length === 0)
          shown.text = [shown.text, plainOfElements(inner.children, nameOf)].filter(Boolean).join('\n');
        const address = String(inner.properties.href ?? '');
        if (inner.tagName === 'a' && /^Attachment\/\d+\/\d+\/[^/]+$/.test(address))
          shown.files.push({ name: nameOf(address) ?? '', url: `${real.base}/Ticket/${address}` });
      });
      found.set(id, shown);
    });
    return found;
  }
  async function sourcesOf(urn: string): Promise<Map<string, string>> {
    const path = `/ticket/${urn}/attachments?per_page=100&fields=TransactionId,ContentType,Filename,Content`;
    const { items } = await people.first.get<{ items: { TransactionId: string; ContentType: string; Filename: string; Content: string }[] }>(path);
    return new Map(items.filter((part) => part.ContentType === 'text/html' && part.Filename === '').map((part) => [part.TransactionId, part.Content]));
  }
  const digestOf = async (url: string): Promise<string> => {
    const known = digests.get(url) ?? sha256(await download(url, staff));
    digests.set(url, known);
    return known;
  };

  return {
    platform: 'rt',
    name: 'Request Tracker',
    settings: { url: way.url, token: real.token },
    hosts: [new URL(way.url).host],
    scope: String(scope),
    types: [],
    people: { first: 'Staff', second: 'Agent', service: 'Entente' },
    can: { internal: true, editDescription: false, editComment: false, deleteComment: false, attach: true, attachInternal: true },
    looseFiles: 'comment',

    create({ summary, text, files = [] }) {
      return people.first.create(
        'Support',
        summary,
        written(
          text,
          files.map(({ name }) => name),
        ),
        files,
      );
    },
    comment(urn, { text, files = [], internal = false, by = 'first' }: NewComment) {
      return people[by].say(
        urn,
        written(
          text,
          files.map(({ name }) => name),
        ),
        !internal,
        files,
      );
    },
    editSummary: (urn, subject) => people.first.update(urn, { Subject: subject }),

    async look(urn) {
      const { Subject: summary } = await people.first.get<{ Subject: string }>(`/ticket/${urn}`);
      const { items } = await people.first.get<{ items: WireTransaction[] }>(
        `/ticket/${urn}/history?per_page=100&orderby=id&fields=Type,Creator&fields[Creator]=RealName`,
      );
      const sources = await sourcesOf(urn);
      const page = await pageOf(urn, sources);
      const told = (id: string | undefined) => ({ text: page.get(id ?? '')?.text ?? '', source: sources.get(id ?? '') ?? '' });
      const creation = items.find(({ Type: type }) => type === 'Create');
      const said = items.filter(({ Type: type }) => type === 'Correspond' || type === 'Comment');
      const files = [creation, ...said].flatMap((one) => page.get(one?.id ?? '')?.files ?? []);
      return {
        summary,
        type: null,
        author: creation?.Creator.RealName ?? '',
        description: told(creation?.id),
        comments: said.map(({ id, Type: type, Creator: creator }) => ({ id, author: creator.RealName, internal: type === 'Comment', ...told(id) })),
        files: await Promise.all(files.map(async ({ name, url }) => ({ name, sha256: await digestOf(url) }))),
      };
    },
    async count(summary) {
      const query = encodeURIComponent(`Subject = '${summary.replace(/[\\']/g, '\\$&')}'`);
      return (await people.first.get<{ total: number }>(`/tickets?query=${query}`)).total;
    },
    writes: () => way.writes(),
    stop: () => way.close(),
  };
}
