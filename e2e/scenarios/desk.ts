import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';
import type { Comment } from '../../simulators/zendesk/model.ts';
import { startZendesk, type ZendeskSim } from '../../simulators/zendesk/zendesk.ts';
import type { ListedProblem, ProgressView, TwinView } from '../../src/server/operations.ts';
import { ownDatabase } from '../../test/database.ts';
import { openNode } from '../pairs/node.ts';
import { type GivenFile, sha256 } from '../pairs/party.ts';
import { type RealRedmine, realRedmine } from '../real/redmine.ts';
import { RedmineHuman } from '../worlds/redmine.ts';

export type Format = 'textile' | 'markdown';
export const NORA = 'nora@acme.example';
export const TOMAS = 'tomas@acme.example';

/** As Redmine's REST API shows it. */
export interface Issue {
  readonly id: number;
  readonly subject: string;
  readonly description: string | null;
  readonly tracker: { readonly name: string };
  readonly project: { readonly name: string };
  readonly author: { readonly name: string };
  readonly updated_on: string;
  readonly journals: readonly {
    readonly id: number;
    readonly user: { readonly name: string };
    readonly notes: string | null;
    readonly private_notes: boolean;
  }[];
  readonly attachments: readonly {
    readonly id: number;
    readonly filename: string;
    readonly filesize: number;
    readonly content_type: string;
    readonly content_url: string;
  }[];
}
type Ticket = ReturnType<ZendeskSim['control']['createTicket']>;

/** Where a pair of entities stands now, as Entente's REST API says it. */
export interface Pair {
  readonly twin: TwinView;
  readonly ticket: number;
  readonly issue: string;
}

/** The servers are real, and may be slow on a busy machine. */
export const PATIENT_MS = 240_000;
/** Whose click on “Submit” comes in the moment in which somebody else saves clicks again. */
class Person extends RedmineHuman {
  override async call<T>(method: string, route: string, json?: unknown): Promise<T> {
    for (let left = 20; ; left--)
      try {
        return await super.call<T>(method, route, json);
      } catch (error) {
        if (left === 0 || !(error instanceof Error && error.message.endsWith('got 422: {"errors":[]}'))) throw error;
        await sleep(50);
      }
  }
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

/**
 * A node of a test file's own (its own database on the embedded PostgreSQL) between a simulated Zendesk and a real Redmine, joined by a Basic connection that
 * was made over the REST API. `issuesLead`: made from Redmine's side, so that Redmine decides conflicts.
 */
export async function openDesk(format: Format, { issuesLead = false }: { issuesLead?: boolean } = {}) {
  const database = await ownDatabase();
  const real: RealRedmine = (await realRedmine())[format];
  const sim = await startZendesk({ subdomain: 'acme', limits: 'off', settings: { withheldMs: 0, searchLagMs: 0 } });
  const own = await openNode(
    database.url,
    [sim.url, sim.contentUrl, real.base].map((url) => new URL(url).host),
  );
  afterAll(async () => {
    await own.close();
    await sim.stop();
    await database.drop();
  });

  const settings = { url: sim.url, auth: { kind: 'token', ...sim.credentials } };
  await own.add({ slug: 'acme', platform: 'zendesk', name: 'Acme Support', settings }, true);
  await own.add(
    {
      slug: 'redmine',
      platform: 'redmine',
      name: 'Redmine',
      defaultType: 'Support',
      settings: { url: real.base, apiKey: real.apiKey, textFormat: format, attachmentMaxKb: real.attachmentMaxKb },
    },
    false,
  );
  const ends = [{ instance: 'acme' }, { instance: 'redmine', scope: 'support' }];
  const [from, to] = issuesLead ? ends.reverse() : ends;
  await own.call('POST', '/connections', { mode: 'basic', name: 'Scenario', from, to, internalCommentsBecomePublic: true });
  const mona = new Person(real.base, real.managerKey);
  const api = (route: string) => fetch(real.base + route, { headers: { 'x-redmine-api-key': real.managerKey } });
  const issueOf = async (ref: string): Promise<Issue> => (await mona.call<{ issue: Issue }>('GET', `/issues/${ref}.json?include=journals,attachments`)).issue;
  const basic = (email: string) => `Basic ${Buffer.from(`${email}/token:${sim.credentials.token}`).toString('base64')}`;
  const ticketOf = (id: number): Ticket => {
    const found = sim.control.tickets().find((ticket) => ticket.id === id);
    if (!found) throw new Error(`There is no ticket ${id}.`);
    return found;
  };

  function pairOf(twin: TwinView): Pair {
    const urn = (instance: string) => [twin.from, twin.to].find((entity) => entity?.instance === instance)?.urn;
    return { twin, ticket: Number(urn('acme')), issue: urn('redmine') ?? '' };
  }

  /** Waits until both halves have nothing left to do, and `until` holds of what both trackers show. Redmine is asked for changes every second. */
  async function settled(id: string, until: (pair: Pair) => boolean | Promise<boolean> = () => true): Promise<Pair> {
    const twin = await own.settled(id, { each: own.asking(['redmine'], 1000), until: (now) => until(pairOf(now)), timeoutMs: 90_000 });
    return pairOf(twin);
  }

  /** Content of the first file of that name that Redmine holds. */
  async function fileOfIssue(issue: string, name: string): Promise<Buffer> {
    const file = (await issueOf(issue)).attachments.find((one) => one.filename === name);
    if (!file) throw new Error(`Issue ${issue} has no file ${name}.`);
    return download(file.content_url);
  }
  /** The same of Zendesk. */
  async function fileOfTicket(ticket: number, name: string): Promise<Buffer> {
    const file = (await filesOfTicket(ticket)).find(({ file_name }) => file_name === name);
    if (!file) throw new Error(`Ticket ${ticket} has no file ${name}.`);
    return download(file.content_url);
  }
  /** Oldest first. */
  async function filesOfTicket(ticket: number): Promise<readonly { id: number; file_name: string; content_url: string }[]> {
    const answer = await fetch(`${sim.url}/api/v2/tickets/${ticket}/comments.json?include_inline_images=true`, { headers: { authorization: basic(NORA) } });
    const { comments } = (await answer.json()) as { comments: { attachments: { id: number; file_name: string; content_url: string }[] }[] };
    return comments.flatMap(({ attachments }) => attachments);
  }
  async function download(url: string): Promise<Buffer> {
    const headers: Record<string, string> = url.startsWith(real.base) ? { 'x-redmine-api-key': real.managerKey } : {};
    return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
  }

  return {
    format,
    sim,
    real,
    mona,
    call: own.call,
    settled,
    issueOf,
    ticketOf,
    comments: (ticket: number): Comment[] => sim.control.comments(ticket),

    /** Somebody puts the entity under sync and waits. */
    sync: async (urn: string): Promise<Pair> => {
      const { twin } = await own.call<ProgressView>('POST', '/connections/scenario/sync', { urn });
      return settled(twin.id, ({ ticket, issue }) => ticket > 0 && issue !== '');
    },

    retry: (pair: Pair) => own.call('POST', `/twins/${pair.twin.id}/retry`),
    runs: (pair: Pair) => own.runs(pair.twin.id),
    problems: async () => (await own.call<{ errors: ListedProblem[] }>('GET', '/errors')).errors,

    /** Redmine tells nobody of edited and removed notes and of deleted issues: now and then the poller goes through everything. */
    sweep: () => own.sweep('redmine'),

    /** An agent uploads files in Zendesk; the token goes into a comment's `uploads`. With their addresses, for images in texts. */
    upload: async (...files: GivenFile[]): Promise<{ token: string; urls: string[] }> => {
      let at = '';
      const urls: string[] = [];
      for (const { name, type, content } of files) {
        const query = `filename=${encodeURIComponent(name)}${at && `&token=${at}`}`;
        const answer = await fetch(`${sim.url}/api/v2/uploads.json?${query}`, {
          method: 'POST',
          headers: { authorization: basic(NORA), 'content-type': type },
          body: new Uint8Array(content),
        });
        const { upload } = (await answer.json()) as { upload: { token: string; attachment: { content_url: string } } };
        at = upload.token;
        urls.push(upload.attachment.content_url);
      }
      return { token: at, urls };
    },

    fileOfIssue,
    fileOfTicket,
    /** The issue's page, as a browser gets it. */
    pageOf: async (issue: string) => (await api(`/issues/${issue}`)).text(),

    /** One more round in which nobody did anything: both are asked for changes and looked at. Nothing may be written on either side. */
    idle: async (pair: Pair): Promise<void> => {
      const writes = () => sim.control.requests().filter(({ method }) => method !== 'GET').length;
      const look = async () => ({
        writes: writes(),
        issue: await issueOf(pair.issue).catch(() => 'gone'),
        ticket: sim.control.tickets().find(({ id }) => id === pair.ticket) ?? 'gone',
        comments: pair.ticket && sim.control.comments(pair.ticket).length,
      });
      const before = await look();
      await own.poll('acme');
      await own.call('POST', `/twins/${pair.twin.id}/retry`);
      const { twin } = await settled(pair.twin.id);
      expect(await look()).toEqual(before);
      expect(twin.problem).toBeNull();
    },

    /** What both trackers hold and what Entente says of it, in a form that is the same in each run. */
    portrait: async (pair: Pair): Promise<string> => {
      const { twin } = await own.call<ProgressView>('GET', `/twins/${pair.twin.id}/progress`);
      const issue = await issueOf(pair.issue);
      const ticket = ticketOf(pair.ticket);
      const people = new Map(sim.control.users().map(({ id, name }) => [id, name]));
      const files = new Map<string, string>();
      const all = sim.control.comments(pair.ticket);
      for (const { attachments } of all) for (const { token: key, file_name } of attachments) files.set(`/attachments/token/${key}`, `FILE-OF-${file_name}`);
      const clean = (text: string): string => {
        let out = text;
        for (const [address, name] of files) out = out.replaceAll(address, `/${name}`);
        return out
          .replaceAll(sim.contentUrl, 'https://files.zendesk.test')
          .replaceAll(sim.url, 'https://acme.zendesk.test')
          .replaceAll(real.base, 'https://redmine.test')
          .replaceAll(/\/attachments\/download\/\d+\//g, '/attachments/download/ID/')
          .replaceAll('\r\n', '\n');
      };
      const block = (text: string): string => `~~~\n${clean(shorten(text))}\n~~~`;
      const addresses = new Map((await filesOfTicket(ticket.id)).map(({ id, content_url }) => [id, content_url]));
      const digest = async (url = '') => sha256(await download(url)).slice(0, 12);
      const lines = [`# Zendesk: ${ticket.subject}`, '', `Type ${ticket.type ?? 'none'}.`];
      for (const [n, comment] of all.entries()) {
        lines.push('', `## ${n === 0 ? 'Description' : 'Comment'} by ${people.get(comment.author_id)}${comment.public ? '' : ', internal'}`, '');
        lines.push(block(comment.html_body));
        for (const { id, file_name, content_type, size, inline } of comment.attachments)
          lines.push('', `- ${file_name}, ${content_type}, ${size} bytes${inline ? ', inline' : ''}, SHA-256 ${await digest(addresses.get(id))}`);
      }
      lines.push('', `# Redmine: ${issue.subject}`, '', `${issue.tracker.name} in ${issue.project.name}, by ${issue.author.name}.`, '', '## Description', '');
      lines.push(block(issue.description ?? ''));
      for (const { user, notes, private_notes } of issue.journals)
        if (notes) lines.push('', `## Note by ${user.name}${private_notes ? ', private' : ''}`, '', block(notes));
      if (issue.attachments.length) lines.push('', '## Files', '');
      for (const { filename, filesize, content_type, content_url } of issue.attachments)
        lines.push(`- ${filename}, ${content_type}, ${filesize} bytes, SHA-256 ${await digest(content_url)}`);
      lines.push('', '# Entente', '', twin.status.sentence.replace(/since .* UTC/, 'since NOW'));
      for (const { instance, what, reason } of twin.differs) lines.push(`- ${instance}: ${what}: ${reason}`);
      return `${lines.join('\n')}\n`;
    },
  };
}

/** Compares with `golden/NAME.txt`; `vitest -u` writes it anew. */
export const expectGolden = (name: string, text: string): Promise<void> =>
  expect(text).toMatchFileSnapshot(path.join(import.meta.dirname, 'golden', `${name}.txt`)) as unknown as Promise<void>;

/** Long texts by their beginning, their length and their digest. */
function shorten(text: string): string {
  return text.length <= 6000 ? text : `${text.slice(0, 200)}\n… ${text.length} characters, SHA-256 ${sha256(Buffer.from(text))}`;
}
