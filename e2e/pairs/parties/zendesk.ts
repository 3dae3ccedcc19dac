import type { Attachment } from '../../../simulators/zendesk/model.ts';
import { startZendesk } from '../../../simulators/zendesk/zendesk.ts';
import { download, type GivenFile, type NewComment, type Party, sha256, type Who } from '../party.ts';
import { plainOfHtml } from '../plain.ts';
import { inHtml, type Words } from '../words.ts';

const MAIL: Record<Who, string> = { first: 'nora@acme.example', second: 'tomas@acme.example' };

/** A simulated Zendesk account. People are agents; a comment cannot be edited or deleted there, and every file belongs to a comment. */
export async function zendeskParty(): Promise<Party> {
  const sim = await startZendesk({ subdomain: 'acme', limits: 'off', settings: { withheldMs: 0, searchLagMs: 0 } });
  const { control } = sim;
  const digests = new Map<number, string>();
  const names = new Map(control.users().map(({ id, name }) => [id, name]));
  const nameOf = (address: string): string | undefined =>
    (address.startsWith(`${sim.url}/attachments/`) ? new URL(address).searchParams.get('name') : null) ?? undefined;
  const contentUrl = ({ token, file_name }: Attachment): string => `${sim.url}/attachments/token/${token}/?name=${encodeURIComponent(file_name)}`;

  async function upload(files: readonly GivenFile[]): Promise<{ uploads?: string[]; at: Map<string, string> }> {
    const at = new Map<string, string>();
    let token = '';
    for (const { name, type, content } of files) {
      const answer = await fetch(`${sim.url}/api/v2/uploads.json?filename=${encodeURIComponent(name)}${token && `&token=${token}`}`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${MAIL.first}/token:${sim.credentials.token}`).toString('base64')}`, 'content-type': type },
        body: new Uint8Array(content),
      });
      const { upload: made } = (await answer.json()) as { upload: { token: string; attachment: { content_url: string } } };
      token = made.token;
      at.set(name, made.attachment.content_url);
    }
    return { ...(token ? { uploads: [token] } : {}), at };
  }
  async function commentOf(text: Words | { readonly source: string }, files: readonly GivenFile[] = []): Promise<Record<string, unknown>> {
    const { at, ...uploads } = await upload(files);
    const image = (name: string) => `<img src="${at.get(name)}">`;
    return { html_body: 'source' in text ? text.source : inHtml(text, { image, mention: (name) => `@${name}` }), ...uploads };
  }
  const ticketOf = (urn: string) => {
    const found = control.tickets().find(({ id }) => String(id) === urn);
    if (!found) throw new Error(`There is no ticket ${urn}.`);
    return found;
  };
  async function digest(file: Attachment): Promise<string> {
    const known = digests.get(file.id) ?? sha256(await download(contentUrl(file)));
    digests.set(file.id, known);
    return known;
  }

  return {
    platform: 'zendesk',
    name: 'Zendesk',
    settings: { url: sim.url, auth: { kind: 'token', ...sim.credentials } },
    hosts: [sim.url, sim.contentUrl].map((url) => new URL(url).host),
    types: ['question', 'incident', 'problem', 'task'],
    defaultType: 'question',
    people: { first: 'Nora Agent', second: 'Tomás Agent', service: 'Sync Service' },
    can: { internal: true, editDescription: false, editComment: false, deleteComment: false, attach: true, attachInternal: true },
    looseFiles: 'comment',

    async create({ summary, text, files, type }) {
      return String(control.createTicket({ subject: summary, ...(type ? { type } : {}), comment: await commentOf(text, files) }, MAIL.first).id);
    },
    async comment(urn, { text, files, internal = false, by = 'first' }: NewComment) {
      control.updateTicket(Number(urn), { comment: { ...(await commentOf(text, files)), public: !internal } }, MAIL[by]);
      return String(control.comments(Number(urn)).at(-1)?.id);
    },
    async editSummary(urn, subject) {
      control.updateTicket(Number(urn), { subject }, MAIL.first);
    },

    async look(urn) {
      const ticket = ticketOf(urn);
      const said = control.comments(ticket.id).map(({ id, author_id, public: isPublic, html_body }) => ({
        id: String(id),
        author: names.get(author_id) ?? '',
        internal: !isPublic,
        text: plainOfHtml(html_body, nameOf),
        source: html_body,
      }));
      const [description, ...comments] = said;
      const attachments = control.comments(ticket.id).flatMap((comment) => comment.attachments);
      return {
        summary: ticket.subject,
        type: ticket.type,
        author: description?.author ?? '',
        description: { text: description?.text ?? '', source: description?.source ?? '' },
        comments,
        files: await Promise.all(attachments.map(async (file) => ({ name: file.file_name, sha256: await digest(file) }))),
      };
    },
    count: async (summary) => control.tickets().filter(({ subject }) => subject === summary).length,
    writes: () => control.requests().filter(({ method, user }) => method !== 'GET' && user === sim.credentials.email).length,
    notices: {
      lose: () => control.webhookFault({ lose: 1e9 }),
      send: () => control.webhookFault({ lose: 0 }),
      settled: () => control.settled(),
    },
    stop: () => sim.stop(),
  };
}
