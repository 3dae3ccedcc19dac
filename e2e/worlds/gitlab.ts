import { type GitlabSim, startGitlab } from '../../simulators/gitlab/gitlab.ts';
import type { ConformanceWorld, FaultName } from '../../src/connectors/conformance/index.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import { CAPABILITIES, GitlabTracker } from '../../src/connectors/gitlab/tracker.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type Listener, openListener } from './listener.ts';

const NORA = 'nora';
/** Nothing listens there. */
const CLOSED = '127.0.0.1:1';

const ANSWERS: Partial<Record<FaultName, { status: number; body: unknown; type?: string; headers?: Record<string, string> }>> = {
  unauthorized: { status: 401, body: { message: '401 Unauthorized' } },
  forbidden: { status: 403, body: { message: '403 Forbidden' } },
  'not-found': { status: 404, body: { message: '404 Not found' } },
  'rate-limited': { status: 429, body: 'Retry later\n', headers: { 'retry-after': '93' } },
  'server-error': { status: 500, body: { message: '500 Internal Server Error' } },
  overloaded: { status: 503, body: '<html><title>GitLab is not responding (503)</title></html>', type: 'text/html' },
  html: { status: 200, body: '<!doctype html><title>Sign in · GitLab</title>', type: 'text/html' },
};

/** The GitLab simulator in the hands of the conformance suite. Its clock is moved by hand, and everything lives by it. */
export function gitlabWorld(): ConformanceWorld & { sim(): GitlabSim } {
  let started: GitlabSim | undefined;
  let refused: 'read' | 'write' | null = null;
  /** Short only for silence: a busy machine may be slow. */
  let hurry: { readonly timeoutMs?: number } = {};
  const clients: AccountHttpClient[] = [];
  let listener: Listener | undefined;

  const sim = (): GitlabSim => {
    if (!started) throw new Error('The world has not been started.');
    return started;
  };
  const now = () => sim().control.now();
  const project = () => sim().site.projects.find(({ path }) => path === 'web');
  const urnOf = (ref: string): string => `acme/web#${ref.split(':')[1]}`;

  const connect = (): HttpClient => {
    const { host } = new URL(sim().url);
    const client = createHttpClient({ allowPrivate: new Set([host, CLOSED]), now });
    clients.push(client);
    return {
      request({ budget: _budget, ...request }, call) {
        // The suite writes far faster than GitLab lets anybody: budgets have their own tests.
        const hit = refused === (request.method === 'GET' ? 'read' : 'write');
        return client.request({ ...request, ...hurry, url: hit ? request.url.replace(host, CLOSED) : request.url }, call);
      },
    };
  };
  const open = (token: string, feedPage?: number): Tracker =>
    new GitlabTracker(
      { url: sim().url, token, projects: 'acme/web', confidential: 'leave-out' },
      { http: connect(), now, saveSettings: () => Promise.resolve() },
      ...(feedPage ? [feedPage] : []),
    );
  const human = <T>(work: () => T): Promise<T> => Promise.resolve(work());

  return {
    sim,
    capabilities: CAPABILITIES,
    async start() {
      started = await startGitlab({ limits: 'off' });
      started.control.addUser({ username: 'lee', name: 'Lee Less' });
      started.control.setMember('acme/web', 'lee', 'guest');
      started.control.addToken('lee', { value: 'glpat-lee' });
      started.control.freeze();
      listener = await openListener();
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await listener?.close();
      await started?.stop();
    },
    open: (options) => Promise.resolve(open(sim().credentials.token, options?.feedPage)),
    now,
    pass: (ms) => Promise.resolve(sim().control.advance(ms)),
    timeIsFree: true,
    // A comment within a minute of another change shows when that minute is over.
    feedDelayMs: 72_000,
    get scope() {
      return started ? String(project()?.id) : 'not started';
    },
    type: 'issue',
    otherType: 'incident',
    get unknownRef() {
      return `${started ? project()?.id : 1}:999999999`;
    },
    samples: { due_date: ['2026-01-05', null] },
    human: {
      create: ({ summary, description }) =>
        human(() => {
          const { project_id, iid } = sim().control.createIssue('acme/web', { title: summary, description }, NORA);
          return `${project_id}:${iid}`;
        }),
      edit: (ref, { summary, description }) =>
        human(() => {
          const input = { ...(summary === undefined ? {} : { title: summary }), ...(description === undefined ? {} : { description }) };
          sim().control.editIssue(urnOf(ref), input, NORA);
        }),
      comment: (ref, text, isPublic) => human(() => String(sim().control.comment(urnOf(ref), text, NORA, !isPublic))),
      editComment: (ref, id, text) => human(() => sim().control.editComment(urnOf(ref), Number(id), text, NORA)),
      deleteComment: (ref, id) => human(() => sim().control.deleteComment(urnOf(ref), Number(id))),
      deleteEntity: (ref) => human(() => sim().control.deleteIssue(urnOf(ref))),
      addFile: (ref, { name, content }) =>
        human(() => {
          const shown = sim().control.attach('acme/web', name, content.toString('base64'), NORA);
          sim().control.comment(urnOf(ref), `See the file.\n\n${shown}`, NORA);
        }),
    },
    deletion: 'gone',
    feedShowsDeletions: false,
    sweeps: true,
    faults: ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'server-error', 'overloaded', 'html', 'time-out', 'refused', 'drop-after-commit'],
    fault(name, on) {
      const { control } = sim();
      if (name === 'refused') refused = on;
      if (name === 'time-out') hurry = { timeoutMs: 1000 };
      const answer = ANSWERS[name];
      for (const method of on === 'read' ? ['GET'] : ['POST', 'PUT', 'DELETE']) {
        if (answer) control.fault({ kind: 'status', method, times: 1e9, ...answer });
        if (name === 'time-out') control.fault({ kind: 'hang', method, times: 1e9 });
        if (name === 'drop-after-commit') control.fault({ kind: 'drop-after', method, path: '/issues' });
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
    badCredentials: () => Promise.resolve(open('wrong')),
    lesser: () => Promise.resolve(open('glpat-lee')),
    webhook: {
      get url() {
        return listener?.url ?? '';
      },
      timestamped: true,
      async capture(cause) {
        if (!listener) throw new Error('The world has not been started.');
        await sim().control.settled();
        return listener.capture(cause);
      },
    },
    // Creation: the account, the project, the search, the newest issues, the issue. The feed asks once for each project.
    budget: { fetch: 2, field: 1, comment: 1, fieldAndComment: 2, commentWithFile: 2, create: 5, idleFeed: 1 },
  };
}
