import { isIP, type Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { createLog, type Logger } from '../lib/log.ts';
import { unframe } from './framed.ts';

/** Largest body of a request that is not a file. */
export const BODY_LIMIT = 1_048_576;

export interface IncomingOptions {
  readonly log?: Logger;
  /** Addresses or networks of the proxies in front, whose `X-Forwarded-For` is believed; empty: nobody's is. */
  readonly trustedProxies?: readonly string[];
  /** How long a request may take to arrive as a whole; the line and the headers half of it. */
  readonly patienceMs?: number;
}

/** What holds for every request, before anything of it is looked at. */
export function incoming({ log, trustedProxies = [], patienceMs = 30_000 }: IncomingOptions) {
  return {
    loggerInstance: (log ?? createLog({ level: process.env.LOG_LEVEL ?? 'warn' })).child({}, { serializers: { req: shown } }) as FastifyBaseLogger,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: true,
    rewriteUrl: unframe,
    bodyLimit: BODY_LIMIT,
    // The address of a file holds the other side's ids and the file's name, which are longer than the router's usual 100 characters.
    routerOptions: { maxParamLength: 8192 },
    // Who sends slowly, or nothing any more, is cut off; streams that we send are not concerned.
    requestTimeout: patienceMs,
    http: { headersTimeout: patienceMs / 2, connectionsCheckingInterval: Math.max(100, Math.min(5000, patienceMs / 4)), maxHeaderSize: 16_384 },
    clientErrorHandler: refuse,
  } as const;
}

/** Addresses hold what is secret: tokens to join with, codes, what was searched for. The log gets the route. */
const shown = (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions?.url ?? 'none', from: request.ip });

const REFUSALS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive. Send it again, faster.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers of the request are too large: 16 kB is the limit.'],
};

/** What never became a request gets an answer like any other, then the connection ends. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) return void socket.destroy();
  const [status, message] = REFUSALS[error.code ?? ''] ?? ['400 Bad Request', 'This could not be read as an HTTP request.'];
  const body = JSON.stringify({ code: 'invalid-input', message, remedy: 'Correct what the message names.', details: {} });
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** Addresses or networks (`10.0.0.0/8`), separated by commas. Throws an Error that says what is wrong. */
export function parseTrustedProxies(text = ''): string[] {
  const found = text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  for (const one of found) {
    const [address = '', bits, ...more] = one.split('/');
    const version = isIP(address);
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (version === 0 || !fits || more.length > 0)
      throw new Error(`ENTENTE_TRUSTED_PROXIES: ${one} is no address or network. Separate several by commas, such as 127.0.0.1,10.0.0.0/8.`);
  }
  return found;
}
