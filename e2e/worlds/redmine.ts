import { setTimeout as wait } from 'node:timers/promises';
import { described } from '../../simulators/http/description.ts';
import type { ConformanceWorld } from '../../src/connectors/conformance/index.ts';
import type { HumanFile } from '../../src/connectors/conformance/world.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import type { RedmineSettings } from '../../src/connectors/redmine/settings.ts';
import { capabilitiesOf, RedmineTracker } from '../../src/connectors/redmine/tracker.ts';
import { type RealRedmine, realRedmine } from '../real/redmine.ts';
import { failingClients } from './real-server.ts';
import { redmineCheck } from './redmine-description.ts';
import { type Way, wayTo } from './way.ts';

/** A way on which each request is held against what is known of Redmine's API. An upload belongs to nothing yet. */
export const wayToRedmine = async (base: string): Promise<Way> =>
  wayTo(base, described() ? await redmineCheck() : undefined, (path) => path.startsWith('/uploads'));

/** What people do, over Redmine's API with a manager's key. */
export class RedmineHuman {
  readonly #base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.#base = base;
    this.#key = key;
  }

  async call<T>(method: string, path: string, json?: unknown): Promise<T> {
    const body = Buffer.isBuffer(json) ? new Uint8Array(json) : json === undefined ? null : JSON.stringify(json);
    const type = Buffer.isBuffer(json) ? 'application/octet-stream' : 'application/json';
    const answer = await fetch(this.#base + path, { method, headers: { 'x-redmine-api-key': this.#key, 'content-type': type }, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`A human's ${method} ${path} got ${answer.status}: ${text}`);
    return (text ? JSON.parse(text) : null) as T;
  }

  async create(project: string, given: Readonly<Record<string, unknown>>): Promise<string> {
    const { issue } = await this.call<{ issue: { id: number } }>('POST', '/issues.json', { issue: { project_id: project, ...given } });
    return String(issue.id);
  }

  update(ref: string, issue: Readonly<Record<string, unknown>>): Promise<void> {
    return this.call('PUT', `/issues/${ref}.json`, { issue });
  }

  async comment(ref: string, notes: string, isPublic: boolean): Promise<string> {
    await this.update(ref, { notes, private_notes: !isPublic });
    const { issue } = await this.call<{ issue: { journals: { id: number }[] } }>('GET', `/issues/${ref}.json?include=journals`);
    return String(Math.max(...issue.journals.map((journal) => journal.id)));
  }

  journal(id: string, journal: Readonly<Record<string, unknown>>): Promise<void> {
    return this.call('PUT', `/journals/${id}.json`, { journal });
  }

  async addFile(ref: string, file: HumanFile): Promise<void> {
    const { upload } = await this.call<{ upload: { token: string } }>('POST', `/uploads.json?filename=${encodeURIComponent(file.name)}`, file.content);
    await this.update(ref, { uploads: [{ token: upload.token, filename: file.name, content_type: file.type }] });
  }
}

/** A real Redmine in the hands of the conformance suite. */
export function redmineWorld(which: 'textile' | 'markdown'): ConformanceWorld {
  const attachmentMaxKb = which === 'textile' ? 51_200 : 5120;
  let real: RealRedmine | undefined;
  let way: Way | undefined;
  let person: RedmineHuman | undefined;

  const started = () => {
    if (!real || !way || !person) throw new Error('The world has not been started.');
    return { real, way, person };
  };
  const clients = failingClients(() => started().way);
  const open = (apiKey: string, feedPage?: number): Promise<Tracker> => {
    const { url } = started().way;
    const settings: RedmineSettings = { url, apiKey, project: 'support', textFormat: which, markerField: 'Entente', attachmentMaxKb };
    return Promise.resolve(new RedmineTracker(settings, { http: clients.http(), now: Date.now, saveSettings: () => Promise.resolve() }, feedPage));
  };

  return {
    capabilities: capabilitiesOf({ textFormat: which, attachmentMaxKb }),
    async start() {
      real = (await realRedmine())[which];
      way = await wayToRedmine(real.base);
      person = new RedmineHuman(real.base, real.managerKey);
    },
    async stop() {
      await clients.close();
      await way?.close();
    },
    open: (options) => open(started().real.apiKey, options?.feedPage),
    now: Date.now,
    pass: (ms) => wait(ms),
    timeIsFree: false,
    feedDelayMs: 0,
    scope: 'support',
    type: 'Incident',
    otherType: 'Question',
    unknownRef: '99999999',
    samples: { start_date: ['2026-01-05', null], due_date: ['2036-01-05', null] },
    human: {
      create: ({ summary, description }) => started().person.create('support', { subject: summary, description }),
      edit: (ref, { summary, description }) =>
        started().person.update(ref, { ...(summary === undefined ? {} : { subject: summary }), ...(description === undefined ? {} : { description }) }),
      comment: (ref, text, isPublic) => started().person.comment(ref, text, isPublic),
      editComment: (_ref, id, notes) => started().person.journal(id, { notes }),
      deleteComment: (_ref, id) => started().person.journal(id, { notes: '' }),
      setPublic: (_ref, id, isPublic) => started().person.journal(id, { private_notes: !isPublic }),
      deleteEntity: (ref) => started().person.call('DELETE', `/issues/${ref}.json`),
      addFile: (ref, file) => started().person.addFile(ref, file),
    },
    deletion: 'gone',
    feedShowsDeletions: false,
    sweeps: true,
    ...clients.faults,
    badCredentials: () => open('0000000000000000000000000000000000000000'),
    lesser: () => open(started().real.agentKey),
    // Each write is a PUT and a GET: Redmine answers a write with nothing. The feed also proves the key. Creation: project, account, marker, issue.
    budget: { fetch: 1, field: 2, comment: 2, fieldAndComment: 2, commentWithFile: 3, create: 4, idleFeed: 2 },
  };
}
