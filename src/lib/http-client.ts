import { Readable } from 'node:stream';
import { request as send } from 'undici';
import { TrackerError } from '../core/tracker-error.ts';
import { createPacer, type PaceState } from './budget.ts';
import { createEgress, NotConnected } from './egress.ts';
import type { CallContext, HttpClient, HttpRequest, HttpResponse } from './http.ts';
import { explain, failedSource, judge, MB, TooLarge } from './http-failures.ts';
import type { Logger } from './log.ts';
import { watchProgress } from './progress.ts';
import { redactHeaders, redactText, shownPath } from './redact.ts';
import { createRoads, type ProxySettings } from './road.ts';

/** One exchange as a transcript keeps it: without credentials, without file contents. */
export interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly json?: unknown };
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

export interface HttpClientOptions {
  /** Private addresses that may be called, see `parseAllowPrivate`. */
  readonly allowPrivate?: ReadonlySet<string>;
  readonly proxy?: ProxySettings;
  /** Calls at once; default 10. */
  readonly concurrency?: number;
  /** How long a call may wait for a budget before it is refused with `rate-limited`; default 30,000. */
  readonly maxWaitMs?: number;
  readonly connectMs?: number;
  /** Milliseconds without progress, unless the request says otherwise; default 30,000. */
  readonly timeoutMs?: number;
  /** How long an answer that is read whole may take altogether; default 120,000. */
  readonly answerMs?: number;
  /** Bytes of an answer that is read whole; default 20 MB. */
  readonly maxBytes?: number;
  readonly now?: () => number;
  readonly log?: Logger;
  readonly record?: (exchange: Exchange) => void;
}

/** The client of one tracker account: budgets are counted per client. */
export interface AccountHttpClient extends HttpClient {
  pace(): PaceState;
  /** Ends idle connections and breaks off running calls. */
  close(): Promise<void>;
}

export function createHttpClient(options: HttpClientOptions = {}): AccountHttpClient {
  const now = options.now ?? Date.now;
  const egress = createEgress({ ...(options.allowPrivate ? { allowPrivate: options.allowPrivate } : {}), connectMs: options.connectMs ?? 10_000 });
  const pacer = createPacer({ concurrency: options.concurrency ?? 10, maxWaitMs: options.maxWaitMs ?? 30_000, now });
  // Progress is watched here for the request and the wait for an answer (headersTimeout 0), and by undici for a body that is handed on.
  const roads = createRoads({
    egress,
    ...(options.proxy ? { proxy: options.proxy } : {}),
    allowH2: false,
    headersTimeout: 0,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
  });
  const maxBytes = options.maxBytes ?? 20 * MB;

  async function exchange(
    request: HttpRequest,
    url: URL,
    body: string | Buffer | Readable | null,
    call: CallContext,
    went: { out: boolean },
  ): Promise<HttpResponse> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? 30_000;
    const where = `${request.method} ${url.host}${url.pathname === '/' ? '' : shownPath(new URL(url.pathname, url))}`;
    const writes = request.method !== 'GET' && request.method !== 'HEAD';
    const watch = watchProgress(timeoutMs, options.answerMs ?? 120_000, call.signal);
    let sourceFailure: { error: unknown } | undefined;
    const noteSource = (error: unknown): unknown => {
      sourceFailure = { error };
      return error;
    };
    const outgoing = body instanceof Readable ? passed(body, watch.progress, noteSource) : body;
    const headers = { 'user-agent': 'entente', ...lowerCase(request.headers), ...(request.json === undefined ? {} : { 'content-type': 'application/json' }) };
    let answer: Awaited<ReturnType<typeof send>> | undefined;
    try {
      const dispatcher = await roads.to(url);
      answer = await send(url, { method: request.method, headers, body: outgoing, dispatcher, signal: watch.signal, bodyTimeout: timeoutMs });
      watch.answered();
      const flat = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
      const status = answer.statusCode;
      const handOn = request.stream === true && status < 300;
      if (handOn) {
        options.record?.({ request: shown(request, url, headers), response: { status, headers: redactHeaders(flat), body: '(a stream)' } });
        const circumstances = { where, writes, answered: status, late: null, cancelled: false, maxBytes };
        const stream = passed(answer.body, nothing, (error) => explain(error, { ...circumstances, cancelled: call.signal.aborted }));
        return respond(status, flat, '', stream, where, writes);
      }
      const text = await readWhole(answer.body, maxBytes, watch.progress);
      options.record?.({ request: shown(request, url, headers), response: { status, headers: redactHeaders(flat), body: redactText(text) } });
      return respond(status, flat, text, null, where, writes);
    } catch (error) {
      answer?.body.on('error', () => undefined).destroy();
      if (error instanceof NotConnected) went.out = false;
      if (sourceFailure) throw failedSource(sourceFailure.error, where);
      throw explain(error, { where, writes, answered: answer?.statusCode, late: watch.late(), cancelled: call.signal.aborted, maxBytes });
    } finally {
      watch.stop();
      if (body instanceof Readable) body.destroy();
    }
  }

  return {
    async request(request, call) {
      const url = egress.check(request.url);
      const budgets = request.budget === undefined ? [] : 'name' in request.budget ? [request.budget] : request.budget;
      // Opened before the place in the queue is taken: the source may be a download that needs a place of its own.
      const body =
        request.json !== undefined ? JSON.stringify(request.json) : typeof request.body === 'function' ? await request.body() : (request.body ?? null);
      if (body instanceof Readable) body.on('error', () => undefined);
      let leave: () => void;
      try {
        leave = await pacer.enter(budgets, call.priority, call.signal);
      } catch (error) {
        if (body instanceof Readable) body.destroy();
        throw error instanceof TrackerError ? error : new TrackerError('unavailable', 'The request was cancelled before it was sent.', { cause: error });
      }
      const started = performance.now();
      const went = { out: true };
      let status: number | null = null;
      try {
        const response = await exchange(request, url, body, call, went);
        status = response.status;
        pacer.learn(response.headers, budgets);
        return judge(response, request, url, now(), (until) => pacer.pause(until));
      } catch (error) {
        if (error instanceof TrackerError && error.status !== undefined) status = error.status;
        options.log?.debug({ err: error, method: request.method, host: url.host, path: shownPath(url) }, 'tracker call failed');
        throw error;
      } finally {
        leave();
        if (went.out) call.onRequest?.({ method: request.method, path: shownPath(url), status, ms: Math.round(performance.now() - started) });
      }
    },
    pace: () => pacer.state(),
    close: () => roads.close(),
  };
}

function respond(status: number, headers: Record<string, string>, text: string, stream: Readable | null, where: string, writes: boolean): HttpResponse {
  return {
    status,
    headers,
    text,
    stream,
    json<T>(): T {
      try {
        return JSON.parse(text) as T;
      } catch {
        const got = text.trim() === '' ? 'nothing' : /^\s*</.test(text) ? 'a web page' : 'something else';
        throw new TrackerError('protocol', `${where} answered with ${got} where data was expected (HTTP ${status}).`, { status, inDoubt: writes });
      }
    },
  };
}

const nothing = (): void => undefined;

async function readWhole(body: Readable, maxBytes: number, progress: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    progress();
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new TooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Hands a stream on, chunk by chunk, so that progress is seen and its failure is told by whoever it belongs to. */
function passed(source: Readable, progress: () => void, explained: (error: unknown) => unknown): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        progress();
        yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      }
    } catch (error) {
      throw explained(error);
    }
  }
  const result = Readable.from(chunks(), { objectMode: false });
  // A generator that waits for its next chunk cannot be stopped from outside; its source can. One that was never begun hears of no error of its source.
  source.on('error', () => undefined);
  result.once('close', () => source.destroy());
  return result;
}

const lowerCase = (headers: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function shown(request: HttpRequest, url: URL, headers: Readonly<Record<string, string>>): Exchange['request'] {
  const json = request.json === undefined ? {} : { json: JSON.parse(redactText(JSON.stringify(request.json))) as unknown };
  return { method: request.method, path: shownPath(url), headers: redactHeaders(headers), ...json };
}
