import type { ZendeskSim } from '../../simulators/zendesk/zendesk.ts';
import { startZendesk } from '../../simulators/zendesk/zendesk.ts';
import type { ConformanceWorld, FaultName } from '../../src/connectors/conformance/index.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import { CAPABILITIES, openZendesk } from '../../src/connectors/zendesk/tracker.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type Listener, openListener } from './listener.ts';

const DANA = 'dana@acme.example';
/** Nothing listens there. */
const CLOSED = '127.0.0.1:1';

/** The Zendesk simulator in the hands of the conformance suite. Its clock is moved by hand, and everything lives by it. */
export function zendeskWorld(): ConformanceWorld & { sim(): ZendeskSim } {
  let started: ZendeskSim | undefined;
  let refused: 'read' | 'write' | null = null;
  /** Short only for silence: a busy machine may be slow. */
  let hurry: { readonly timeoutMs?: number } = {};
  const clients: AccountHttpClient[] = [];
  let listener: Listener | undefined;

  const sim = (): ZendeskSim => {
    if (!started) throw new Error('The world has not been started.');
    return started;
  };
  const now = () => sim().control.now();

  const connect = (): HttpClient => {
    const { url, contentUrl } = sim();
    const client = createHttpClient({ allowPrivate: new Set([url, contentUrl].map((one) => new URL(one).host).concat(CLOSED)), now });
    clients.push(client);
    return {
      request({ budget: _budget, ...request }, call) {
        // The suite works on single tickets far faster than Zendesk lets anybody: budgets have their own tests.
        const hit = refused === (request.method === 'GET' ? 'read' : 'write');
        return client.request({ ...request, ...hurry, url: hit ? request.url.replace(new URL(url).host, CLOSED) : request.url }, call);
      },
    };
  };
  const open = (email: string, token: string, feedPage?: number): Tracker =>
    openZendesk(
      { url: sim().url, auth: { kind: 'token', email, token } },
      { http: connect(), now, saveSettings: () => Promise.resolve() },
      feedPage ? { feedPage } : {},
    );

  const human = <T>(work: () => T): Promise<T> => Promise.resolve(work());
  const basic = (email: string) => `Basic ${Buffer.from(`${email}/token:${sim().credentials.token}`).toString('base64')}`;

  const answers: Partial<Record<FaultName, { status: number; body: unknown; type?: string; headers?: Record<string, string> }>> = {
    unauthorized: { status: 401, body: { error: "Couldn't authenticate you" } },
    forbidden: { status: 403, body: { error: { title: 'Forbidden', message: 'You do not have access to this page.' } } },
    'not-found': { status: 404, body: 'Not found' },
    'rate-limited': { status: 429, body: 'Number of allowed API requests per minute exceeded', headers: { 'retry-after': '93' } },
    'server-error': { status: 500, body: 'Internal server error' },
    overloaded: { status: 503, body: 'Service unavailable' },
    html: { status: 200, body: '<!doctype html><title>Sign in</title>', type: 'text/html' },
  };

  return {
    sim,
    capabilities: CAPABILITIES,
    async start() {
      started = await startZendesk({ brands: ['Acme Support', 'Acme Field'], limits: 'off', validate: true });
      started.control.addUser({ name: 'Dana Doe', email: DANA, role: 'agent' });
      started.control.addUser({ name: 'Lee Less', email: 'lee@acme.example', role: 'agent' });
      started.control.freeze();
      listener = await openListener();
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await listener?.close();
      await started?.stop();
    },
    open: (options) => Promise.resolve(open(sim().credentials.email, sim().credentials.token, options?.feedPage)),
    now,
    pass: (ms) => Promise.resolve(sim().control.advance(ms)),
    timeIsFree: true,
    feedDelayMs: 62_000,
    get scope() {
      return started ? String(started.account.brands[1]?.id) : 'not started';
    },
    type: 'question',
    otherType: 'incident',
    unknownRef: '999999999',
    human: {
      create: ({ summary, description }) => human(() => String(sim().control.createTicket({ subject: summary, comment: { body: description } }, DANA).id)),
      edit: (ref, { summary }) =>
        human(() => {
          sim().control.updateTicket(Number(ref), { ...(summary === undefined ? {} : { subject: summary }) }, DANA);
        }),
      comment: (ref, text, isPublic) =>
        human(() => {
          sim().control.updateTicket(Number(ref), { comment: { body: text, public: isPublic } }, DANA);
          return String(sim().control.comments(Number(ref)).at(-1)?.id);
        }),
      async setPublic(ref, id, isPublic) {
        if (isPublic) throw new Error('Nobody can make an internal note public in Zendesk.');
        const answer = await fetch(`${sim().url}/api/v2/tickets/${ref}/comments/${id}/make_private`, {
          method: 'PUT',
          headers: { authorization: basic(DANA) },
        });
        if (!answer.ok) throw new Error(`make_private answered ${answer.status}.`);
      },
      deleteEntity: (ref) => human(() => sim().control.deleteTicket(Number(ref), DANA)),
      async addFile(ref, { name, type, content }) {
        const uploaded = await fetch(`${sim().url}/api/v2/uploads.json?filename=${encodeURIComponent(name)}`, {
          method: 'POST',
          headers: { authorization: basic(DANA), 'content-type': type },
          body: new Uint8Array(content),
        });
        const { upload } = (await uploaded.json()) as { upload: { token: string } };
        sim().control.updateTicket(Number(ref), { comment: { body: 'See the file.', uploads: [upload.token] } }, DANA);
      },
    },
    deletion: 'gone',
    feedShowsDeletions: true,
    faults: ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'html', 'time-out', 'refused', 'drop-after-commit'],
    fault(name, on) {
      const { control } = sim();
      if (name === 'refused') refused = on;
      if (name === 'time-out') hurry = { timeoutMs: 1000 };
      const answer = answers[name];
      for (const method of on === 'read' ? ['GET'] : ['POST', 'PUT', 'DELETE']) {
        if (answer) control.fault({ kind: 'status', method, times: 1e9, ...answer });
        if (name === 'time-out') control.fault({ kind: 'hang', method, times: 1e9 });
        if (name === 'drop-after-commit') control.fault({ kind: 'drop-after', method, path: '/api/v2/tickets' });
      }
      return Promise.resolve();
    },
    calm() {
      refused = null;
      hurry = {};
      sim().control.clearFaults();
      sim().control.advance(100_000);
      return Promise.resolve();
    },
    badCredentials: () => Promise.resolve(open(sim().credentials.email, 'wrong')),
    lesser: () => Promise.resolve(open('lee@acme.example', sim().credentials.token)),
    webhook: {
      get url() {
        return listener?.url ?? '';
      },
      timestamped: true,
      async capture(cause) {
        if (!listener) throw new Error('The world has not been started.');
        return listener.capture(cause);
      },
    },
    budget: { fetch: 2, field: 1, comment: 1, fieldAndComment: 1, commentWithFile: 2, create: 3, idleFeed: 1 },
  };
}
