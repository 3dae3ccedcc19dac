import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DescriptionCheck } from '../../simulators/http/description.ts';
import type { FaultName } from '../../src/connectors/conformance/index.ts';

const ANSWERS: Partial<Record<FaultName, { status: number; body: string; type?: string; headers?: Record<string, string> }>> = {
  unauthorized: { status: 401, body: '' },
  forbidden: { status: 403, body: '' },
  'not-found': { status: 404, body: '' },
  'rate-limited': { status: 429, body: 'Slow down', headers: { 'retry-after': '1' } },
  'server-error': { status: 500, body: '{"status":500,"error":"Internal Server Error"}' },
  overloaded: { status: 503, body: '<html>503</html>', type: 'text/html' },
  html: { status: 200, body: '<!doctype html><title>Sign in</title>', type: 'text/html' },
};

/** Counts the request, when all of it has come, against what is known of the tracker's API. */
function hold(check: DescriptionCheck, req: IncomingMessage): void {
  const { pathname, search } = new URL(req.url ?? '/', 'http://redmine.invalid');
  const isJson = (req.headers['content-type'] ?? '').includes('json');
  const chunks: Buffer[] = [];
  if (isJson) req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.once('end', () => {
    const body: unknown = isJson && chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
    check.request({ method: req.method ?? 'GET', path: pathname.replace(/\.json$/, ''), query: search, body });
  });
}

/** The way to a real server, which can be made to fail. */
export interface Way {
  readonly url: string;
  /** `read`: GET. */
  fail(name: FaultName, on: 'read' | 'write'): void;
  calm(): void;
  /** How many requests that write have come along. */
  writes(): number;
  close(): Promise<void>;
}

/** `check`: counts the requests against a description. `isUpload`: a path whose writes are nothing that anybody sees yet. */
export async function wayTo(base: string, check?: DescriptionCheck, isUpload: (path: string) => boolean = () => false): Promise<Way> {
  let fault: { name: FaultName; on: 'read' | 'write' } | null = null;
  let writes = 0;
  const held = new Set<ServerResponse>();
  const server: Server = createServer((req, res) => {
    // A server may tell no time (Redmine's own), and Node would add its own.
    res.sendDate = false;
    if (req.method !== 'GET') writes += 1;
    if (check) hold(check, req);
    const hit = fault && fault.on === (req.method === 'GET' ? 'read' : 'write') ? fault.name : null;
    const answer = hit && ANSWERS[hit];
    if (answer) {
      req.resume();
      res.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json', ...answer.headers }).end(answer.body);
    } else if (hit === 'time-out') {
      req.resume();
      held.add(res);
    } else if (hit === 'drop-after-commit' && !isUpload(req.url ?? '')) {
      fault = null;
      pass(req, res, () => req.socket.destroy());
    } else pass(req, res, null);
  });
  const pass = (req: IncomingMessage, res: ServerResponse, instead: (() => void) | null): void => {
    const upstream = forward(base + req.url, { method: req.method ?? 'GET', headers: req.headers }, (answer) => {
      if (instead) {
        answer.resume();
        answer.once('end', instead);
        return;
      }
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    upstream.on('error', () => res.destroy());
    req.once('close', () => req.complete || upstream.destroy());
    req.pipe(upstream);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const calm = (): void => {
    fault = null;
    for (const res of held) res.destroy();
    held.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (name, on) => {
      fault = { name, on };
    },
    calm,
    writes: () => writes,
    close: () =>
      new Promise<void>((resolve) => {
        calm();
        check?.report();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
