import { type JiraSim, startJira } from '../../simulators/jira/jira.ts';
import type { ConformanceWorld, FaultName } from '../../src/connectors/conformance/index.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import type { JiraAuth } from '../../src/connectors/jira/index.ts';
import { capabilitiesOf, openJira } from '../../src/connectors/jira/tracker.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type Listener, openListener } from './listener.ts';

const DANA = 'dana@acme.example';
/** Nothing listens there. */
const CLOSED = '127.0.0.1:1';
const FILE_MB = 10;

/** The Jira simulator in the hands of the conformance suite, as Cloud or as Data Center. Its clock is moved by hand, and everything lives by it. */
export function jiraWorld(deployment: 'cloud' | 'data-center'): ConformanceWorld & { sim(): JiraSim } {
  let started: JiraSim | undefined;
  let refused: 'read' | 'write' | null = null;
  /** Short only for silence: a busy machine may be slow. */
  let hurry: { readonly timeoutMs?: number } = {};
  const clients: AccountHttpClient[] = [];
  let listener: Listener | undefined;

  const sim = (): JiraSim => {
    if (!started) throw new Error('The world has not been started.');
    return started;
  };
  const now = () => sim().control.now();

  const connect = (): HttpClient => {
    const { url } = sim();
    const client = createHttpClient({ allowPrivate: new Set([new URL(url).host, new URL(sim().mediaUrl).host, CLOSED]), now });
    clients.push(client);
    return {
      request({ budget: _budget, ...request }, call) {
        // The suite works on single issues far faster than Jira lets anybody: budgets have their own tests. Searches are reading.
        const reads = request.method === 'GET' || /\/search(\/jql)?$/.test(request.url);
        const hit = refused === (reads ? 'read' : 'write');
        return client.request({ ...request, ...hurry, url: hit ? request.url.replace(new URL(url).host, CLOSED) : request.url }, call);
      },
    };
  };
  const authOf = (email: string, token: string): JiraAuth => (deployment === 'cloud' ? { kind: 'token', email, token } : { kind: 'pat', token });
  const open = (auth: JiraAuth, feedPage?: number): Tracker =>
    openJira({ url: sim().url, auth, attachmentMaxMb: FILE_MB }, { http: connect(), now, saveSettings: () => Promise.resolve() }, feedPage ? { feedPage } : {});

  const human = <T>(work: () => T): Promise<T> => Promise.resolve(work());

  const answers: Partial<Record<FaultName, { status: number; body: unknown; type?: string; headers?: Record<string, string> }>> = {
    unauthorized: { status: 401, body: { errorMessages: ['Client must be authenticated to access this resource.'], errors: {} } },
    forbidden: { status: 403, body: { errorMessages: ['You do not have permission to do this.'], errors: {} } },
    'not-found': { status: 404, body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} } },
    'rate-limited': { status: 429, body: { message: 'Rate limit exceeded.' }, headers: { 'retry-after': '93', 'ratelimit-reason': 'jira-burst-based' } },
    'server-error': { status: 500, body: { errorMessages: ['Internal server error'], errors: {} } },
    overloaded: { status: 503, body: 'Service unavailable' },
    html: { status: 200, body: '<!doctype html><title>Log in</title>', type: 'text/html' },
  };

  return {
    sim,
    capabilities: capabilitiesOf({ auth: authOf('a@b.example', 'none'), attachmentMaxMb: FILE_MB }),
    async start() {
      started = await startJira({ deployment, limits: 'off', validate: true, settings: deployment === 'cloud' ? { searchLagMs: 30_000 } : {} });
      started.control.freeze();
      // A Jira that has been in use: its index is not empty.
      started.control.createIssue({ project: 'SUP', summary: 'Long ago', description: 'The first one.' }, DANA);
      started.control.advance(3_600_000);
      listener = await openListener();
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await listener?.close();
      await started?.stop();
    },
    open: (options) => Promise.resolve(open(authOf(sim().credentials.email, sim().credentials.token), options?.feedPage)),
    now,
    pass: (ms) => Promise.resolve(sim().control.advance(ms)),
    timeIsFree: true,
    feedDelayMs: 62_000,
    scope: 'SUP',
    type: 'Bug',
    otherType: 'Task',
    unknownRef: '999999999',
    human: {
      create: ({ summary, description }) => human(() => sim().control.createIssue({ project: 'SUP', summary, description }, DANA).id),
      edit: (ref, fields) => human(() => void sim().control.editIssue(ref, fields, DANA)),
      comment: (ref, body, isPublic) => human(() => sim().control.comment(ref, { body, public: isPublic }, DANA).id),
      editComment: (ref, id, text) => human(() => sim().control.editComment(ref, id, text, DANA)),
      links: (ref) => human(() => sim().control.links(ref)),
      deleteComment: (ref, id) => human(() => sim().control.deleteComment(ref, id, DANA)),
      setPublic: (ref, id, isPublic) => human(() => sim().control.hideComment(ref, id, !isPublic)),
      conceal: (ref, id) =>
        human(() => {
          sim().control.setRole('SUP', 'Others', [DANA]);
          const comment = sim()
            .site.issues.get(ref)
            ?.comments.find((one) => one.id === id);
          if (comment) comment.visibility = { type: 'role', value: 'Others' };
        }),
      deleteEntity: (ref) => human(() => sim().control.deleteIssue(ref, DANA)),
      addFile: (ref, file) => human(() => void sim().control.attach(ref, file, DANA)),
    },
    deletion: 'not-found',
    feedShowsDeletions: false,
    sweeps: true,
    faults: ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'html', 'time-out', 'refused', 'drop-after-commit'],
    fault(name, on) {
      const { control } = sim();
      if (name === 'refused') refused = on;
      if (name === 'time-out') hurry = { timeoutMs: 1000 };
      const answer = answers[name];
      // A search is a POST; issues, comments and files are written below /issue.
      for (const [method, path] of on === 'read' ? [['GET'], ['POST', '/search']] : [['POST', '/issue'], ['PUT'], ['DELETE']]) {
        const where = { ...(method ? { method } : {}), ...(path ? { path } : {}) };
        if (answer) control.addFault({ kind: 'status', times: 1e9, ...where, ...answer });
        if (name === 'time-out') control.addFault({ kind: 'hang', times: 1e9, ...where });
      }
      if (name === 'drop-after-commit') {
        control.addFault({ kind: 'drop-after', method: 'PUT' });
        control.addFault({ kind: 'drop-after', method: 'POST', path: '/(issue|comment)(\\?|$)/' });
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
    badCredentials: () => Promise.resolve(open(authOf(sim().credentials.email, 'wrong'))),
    lesser: () => Promise.resolve(open(authOf('lee@acme.example', 'tok-lee'))),
    webhook: {
      get url() {
        return listener?.url ?? '';
      },
      timestamped: false,
      async capture(cause) {
        if (!listener) throw new Error('The world has not been started.');
        return listener.capture(cause);
      },
    },
    budget:
      deployment === 'cloud'
        ? { fetch: 1, field: 2, comment: 1, fieldAndComment: 3, commentWithFile: 2, create: 8, idleFeed: 1 }
        : { fetch: 2, field: 3, comment: 1, fieldAndComment: 4, commentWithFile: 2, create: 8, idleFeed: 1 },
  };
}
