import { setTimeout as wait } from 'node:timers/promises';
import type { ConformanceWorld } from '../../src/connectors/conformance/index.ts';
import type { HumanFile } from '../../src/connectors/conformance/world.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import { rt } from '../../src/connectors/rt/index.ts';
import { capabilitiesOf, RtTracker } from '../../src/connectors/rt/tracker.ts';
import { type RealRt, realRt } from '../real/rt.ts';
import { failingClients } from './real-server.ts';
import { type Way, wayTo } from './way.ts';

/** What people do, over RT's API with the token of somebody on the staff. */
export class RtHuman {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  async call(method: string, path: string, body?: unknown): Promise<Response> {
    const form = body instanceof FormData;
    const answer = await fetch(`${this.#base}/REST/2.0${path}`, {
      method,
      headers: { authorization: `token ${this.#token}`, ...(body === undefined || form ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : form ? body : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`A human's ${method} ${path} got ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.call('GET', path)).json()) as T;
  }

  /** `html`: the text. Returns the ticket's number. */
  async create(queue: string, subject: string, html: string, files: readonly HumanFile[] = []): Promise<string> {
    const answer = await this.call('POST', '/ticket', formOf({ Queue: queue, Subject: subject, Content: html, ContentType: 'text/html' }, files));
    return /\/(\d+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  }

  /** RT answers a refused change with success, and says so. */
  async update(ref: string, members: Readonly<Record<string, unknown>>): Promise<void> {
    const said = (await (await this.call('PUT', `/ticket/${ref}`, members)).json()) as string[];
    if (said.length === 0 || !said.every((each) => / changed (?:from|to) /.test(each))) throw new Error(`RT did not change ticket ${ref}: ${said.join('; ')}`);
  }

  /** Returns the transaction's number. */
  async say(ref: string, html: string, isPublic: boolean, files: readonly HumanFile[] = []): Promise<string> {
    const answer = await this.call('POST', `/ticket/${ref}/${isPublic ? 'correspond' : 'comment'}`, formOf({ Content: html, ContentType: 'text/html' }, files));
    return /\/(\d+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  }

  async delete(ref: string): Promise<void> {
    await this.call('DELETE', `/ticket/${ref}`);
  }
}

function formOf(members: Readonly<Record<string, unknown>>, files: readonly HumanFile[]): unknown {
  if (files.length === 0) return members;
  const form = new FormData();
  form.set('JSON', JSON.stringify(members));
  for (const { name, type, content } of files) form.append('Attachments', new Blob([new Uint8Array(content)], { type }), name);
  return form;
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n/g, '<br>');

/** A real Request Tracker in the hands of the conformance suite. */
export function rtWorld(): ConformanceWorld {
  let real: RealRt | undefined;
  let way: Way | undefined;
  let person: RtHuman | undefined;

  const started = () => {
    if (!real || !way || !person) throw new Error('The world has not been started.');
    return { real, way, person };
  };
  const clients = failingClients(() => started().way);
  const open = (token: string, feedPage?: number): Promise<Tracker> => {
    const { url } = started().way;
    const settings = rt.settings.parse({ url, token, queue: 'General' });
    return Promise.resolve(new RtTracker(settings, { http: clients.http(), now: Date.now, saveSettings: () => Promise.resolve() }, feedPage));
  };

  return {
    capabilities: capabilitiesOf({ attachmentMaxMb: 20 }),
    async start() {
      real = await realRt();
      way = await wayTo(real.base);
      person = new RtHuman(real.base, real.staffToken);
    },
    async stop() {
      await clients.close();
      await way?.close();
    },
    open: (options) => open(started().real.token, options?.feedPage),
    now: Date.now,
    pass: (ms) => wait(ms),
    timeIsFree: false,
    feedDelayMs: 0,
    scope: '1',
    type: null,
    unknownRef: '99999999',
    human: {
      create: ({ summary, description }) => started().person.create('General', summary, `<p>${escaped(description)}</p>`),
      edit: async (ref, { summary }) => {
        if (summary !== undefined) await started().person.update(ref, { Subject: summary });
      },
      comment: (ref, text, isPublic) => started().person.say(ref, `<p>${escaped(text)}</p>`, isPublic),
      deleteEntity: (ref) => started().person.delete(ref),
      addFile: async (ref, file) => void (await started().person.say(ref, '<p>With a file.</p>', true, [file])),
    },
    deletion: 'gone',
    feedShowsDeletions: false,
    sweeps: true,
    ...clients.faults,
    badCredentials: () => open(started().real.token.replace(/-[^-]+$/, '-00000000000000000000000000000000')),
    lesser: () => open(started().real.visitorToken),
    // A fetch: the ticket, its history, its attachments, and a text that was not read before. Writes: the account and the queue's fields, once in five
    // minutes; a look at the ticket before a comment; the transactions that prove what was written. A creation also reads what it made.
    budget: { fetch: 4, field: 2, comment: 4, fieldAndComment: 6, commentWithFile: 5, create: 9, idleFeed: 1 },
  };
}
