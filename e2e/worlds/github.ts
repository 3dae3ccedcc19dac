import { randomUUID } from 'node:crypto';
import { type GithubSim, startGithub } from '../../simulators/github/github.ts';
import type { ConformanceWorld, FaultName } from '../../src/connectors/conformance/index.ts';
import type { FileLinks, Tracker, Upload } from '../../src/connectors/connector.ts';
import type { GithubAuth } from '../../src/connectors/github/settings.ts';
import { capabilitiesOf, GithubTracker } from '../../src/connectors/github/tracker.ts';
import { TrackerError } from '../../src/core/tracker-error.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type Listener, openListener } from './listener.ts';

/** Nothing listens there. */
const CLOSED = '127.0.0.1:1';
const REPO = 'acme/web';

/** Addresses of a node that shows files of the other side, and those files. */
export function fakeLinks(): FileLinks & { give(upload: Upload): Upload } {
  const files = new Map<string, Upload>();
  const ROOT = 'https://node.example/files/';
  return {
    give(upload) {
      const link = upload.link ?? `side.twin.${upload.key}`;
      files.set(link, upload);
      return { ...upload, link };
    },
    url: (link, name) => `${ROOT}${Buffer.from(link).toString('base64url')}/${randomUUID().slice(0, 8)}/${encodeURIComponent(name)}`,
    fileOf(url) {
      const [, link = '', name = ''] = /^https:\/\/node\.example\/files\/([\w-]+)\/[\w-]+\/([^/?#]+)$/.exec(url) ?? [];
      return link ? { link: Buffer.from(link, 'base64url').toString(), name: decodeURIComponent(name) } : undefined;
    },
    async open(link, call) {
      const file = files.get(link);
      if (!file) throw new TrackerError('not-found', 'The file is no longer where it was attached.');
      return { stream: await file.open(call.signal), type: file.type, size: file.size };
    },
  };
}

/** As the engine hands them over: with what names each file in `fileLinks`. */
function withLinks(tracker: Tracker, links: ReturnType<typeof fakeLinks>): Tracker {
  const give = (uploads: readonly Upload[]) => uploads.map((upload) => links.give(upload));
  return new Proxy(tracker, {
    get(target, name: keyof Tracker) {
      if (name === 'create') return (...[draft, ...rest]: Parameters<Tracker['create']>) => target.create({ ...draft, files: give(draft.files) }, ...rest);
      if (name === 'apply')
        return (...[ref, base, change, call]: Parameters<Tracker['apply']>) => {
          const { comment, files } = change;
          const added = comment?.do === 'add' ? { comment: { ...comment, files: give(comment.files) } } : {};
          return target.apply(ref, base, { ...change, ...added, ...(files ? { files: give(files) } : {}) }, call);
        };
      const member = target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** The GitHub simulator in the hands of the conformance suite. Its clock is moved by hand, and everything lives by it. */
export function githubWorld({ files, as }: { readonly files: boolean; readonly as: 'token' | 'app' }): ConformanceWorld & { sim(): GithubSim } {
  let started: GithubSim | undefined;
  let refused: 'read' | 'write' | null = null;
  /** Short only for silence: a busy machine may be slow. */
  let hurry: { readonly timeoutMs?: number } = {};
  const links = fakeLinks();
  const clients: AccountHttpClient[] = [];
  let listener: Listener | undefined;

  const sim = (): GithubSim => {
    if (!started) throw new Error('The world has not been started.');
    return started;
  };
  const now = () => sim().control.now();
  const repo = () => sim().hub.repos.find(({ name }) => name === 'web')?.id ?? 0;
  const urn = (ref: string) => `${REPO}#${ref.split(':')[1]}`;
  const refOf = (issue: { number: number }) => `${repo()}:${issue.number}`;
  const ours = (): GithubAuth =>
    as === 'token' ? { kind: 'token', token: sim().credentials.token } : { kind: 'app', appId: String(sim().app.id), privateKey: sim().app.privateKey };

  const connect = (): HttpClient => {
    const hosts = [sim().url, sim().contentUrl].map((url) => new URL(url).host);
    const client = createHttpClient({ allowPrivate: new Set([...hosts, CLOSED]), now });
    clients.push(client);
    return {
      request(request, call) {
        const hit = refused === (request.method === 'GET' ? 'read' : 'write') && !request.url.endsWith('/access_tokens');
        return client.request({ ...request, ...hurry, url: hit ? request.url.replace(hosts[0] ?? '', CLOSED) : request.url }, call);
      },
    };
  };
  const open = (auth: GithubAuth, feedPage?: number): Promise<Tracker> => {
    const deps = { http: connect(), now, saveSettings: () => Promise.resolve(), ...(files ? { fileLinks: links } : {}) };
    const settings = { url: `${sim().url}/acme`, repositories: 'web', pullRequests: false, auth };
    const tracker = new GithubTracker(settings, deps, feedPage);
    return Promise.resolve(files ? withLinks(tracker, links) : tracker);
  };
  const human = <T>(work: () => T): Promise<T> => Promise.resolve(work());

  const answers: Partial<Record<FaultName, { status: number; body: unknown; type?: string; headers?: Record<string, string> }>> = {
    unauthorized: { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' } },
    forbidden: { status: 403, body: { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest', status: '403' } },
    'not-found': { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' } },
    // Secondary limits come so.
    'rate-limited': {
      status: 403,
      body: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', status: '403' },
      headers: { 'retry-after': '60' },
    },
    'server-error': { status: 500, body: { message: 'Server Error' } },
    overloaded: { status: 503, body: '<!doctype html><title>Unicorn!</title>', type: 'text/html' },
    html: { status: 200, body: '<!doctype html><title>Sign in</title>', type: 'text/html' },
  };

  return {
    sim,
    capabilities: capabilitiesOf(files),
    async start() {
      started = await startGithub({ limits: 'off', validate: true });
      started.control.setInstallation({ permissions: { issues: 'write', metadata: 'read', repository_hooks: 'write' } });
      started.control.addToken('entente-bot', { value: 'lesser', kind: 'fine-grained', permissions: { issues: 'read', metadata: 'read' } });
      started.control.freeze();
      listener = await openListener((headers) => headers['x-github-event'] !== 'ping');
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await listener?.close();
      await started?.stop();
    },
    open: (options) => open(ours(), options?.feedPage),
    now,
    pass: (ms) => Promise.resolve(sim().control.advance(ms)),
    timeIsFree: true,
    feedDelayMs: 3000,
    get scope() {
      return started ? String(repo()) : 'not started';
    },
    type: 'Bug',
    otherType: 'Task',
    get unknownRef() {
      return `${repo()}:99999999`;
    },
    human: {
      create: ({ summary, description }) => human(() => refOf(sim().control.createIssue(REPO, { title: summary, body: description }, 'nora'))),
      edit: (ref, { summary, description }) =>
        human(() => {
          const fields = { ...(summary === undefined ? {} : { title: summary }), ...(description === undefined ? {} : { body: description }) };
          sim().control.editIssue(urn(ref), fields, 'nora');
        }),
      comment: (ref, text) => human(() => String(sim().control.comment(urn(ref), text, 'nora'))),
      editComment: (ref, id, text) =>
        human(() => {
          sim().control.editComment(urn(ref), Number(id), text, 'nora');
        }),
      deleteComment: (ref, id) =>
        human(() => {
          sim().control.deleteComment(urn(ref), Number(id), 'nora');
        }),
      deleteEntity: (ref) =>
        human(() => {
          sim().control.deleteIssue(urn(ref), 'ada');
        }),
      addFile: (ref, { name, type, content }) =>
        human(() => {
          const { markdown } = sim().control.attach(REPO, { name, type, content: content.toString('base64') });
          sim().control.comment(urn(ref), `See:\n\n${markdown}`, 'nora');
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
      const answer = answers[name];
      for (const method of on === 'read' ? ['GET'] : ['POST', 'PATCH', 'DELETE']) {
        if (answer) control.fault({ kind: 'status', method, path: '/repos', times: 1e9, ...answer });
        if (name === 'time-out') control.fault({ kind: 'hang', method, path: '/repos', times: 1e9 });
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
    badCredentials: () => open({ kind: 'token', token: 'wrong' }),
    lesser: () => open({ kind: 'token', token: 'lesser' }),
    webhook: {
      get url() {
        return listener?.url ?? '';
      },
      timestamped: false,
      async capture(cause) {
        if (!listener) throw new Error('The world has not been started.');
        await sim().control.settled();
        return listener.capture(cause);
      },
    },
    // The issue, and its comments where there are any. Creation: account, repository, types, our newest issues, the issue; an App signs in with three more.
    budget: { fetch: 1, field: 1, comment: 1, fieldAndComment: 2, commentWithFile: 1, create: as === 'app' ? 8 : 5, idleFeed: 2 },
  };
}
