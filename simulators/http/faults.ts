import type { Answer } from './answer.ts';

/**
 * What shall go wrong with a request:
 * - `status`: answered with `status` (and `body`, `type`, `headers`) without being carried out
 * - `rate-limit`: answered 429 with `retryAfter` seconds
 * - `drop-before`: the connection is cut and nothing is carried out
 * - `drop-after`: it is carried out and the connection is cut before the answer
 * - `hang`: never answered, not carried out
 * - `hang-after`: carried out, never answered
 * - `late`: the connection is cut at once and the request is carried out `delayMs` later
 * - `delay`: answered `delayMs` late
 */
export interface Fault {
  kind: 'status' | 'rate-limit' | 'drop-before' | 'drop-after' | 'hang' | 'hang-after' | 'late' | 'delay';
  /** Only requests with this method; default all. */
  method?: string;
  /** Only requests whose path (with its query) contains this text, or matches it when it is written `/…/`; default all. */
  path?: string;
  /** How many requests it hits; default 1. */
  times?: number;
  /** How many matching requests pass first; default 0. */
  after?: number;
  status?: number;
  /** Body of the answer: text is sent as `type`, anything else as JSON. */
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
  retryAfter?: number;
  delayMs?: number;
}

interface Armed {
  fault: Fault;
  left: number;
  skip: number;
}

/** The faults that wait for their request, in the order in which they were ordered. */
export class FaultQueue {
  #armed: Armed[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** How many hits are still to come. */
  pending(): number {
    return this.#armed.reduce((sum, armed) => sum + armed.left, 0);
  }

  /** The fault that hits this request, if any; it is used up by that. */
  take(method: string, pathAndQuery: string): Fault | undefined {
    for (const armed of this.#armed) {
      if (!hits(armed.fault, method, pathAndQuery)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return armed.fault;
    }
    return undefined;
  }
}

function hits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  const pattern = /^\/(.+)\/$/.exec(fault.path)?.[1];
  // "/api/v2/tickets/" is a path too: only text with pattern characters is read as a pattern.
  return pattern !== undefined && /[\\^$*+?[\]()|]/.test(pattern) ? new RegExp(pattern).test(path) : path.includes(fault.path);
}

/** The answer of a `status` or `rate-limit` fault. */
export function faultAnswer(fault: Fault): Answer {
  const status = fault.status ?? (fault.kind === 'rate-limit' ? 429 : 500);
  const headers = { ...fault.headers, ...(fault.kind === 'rate-limit' ? { 'retry-after': String(fault.retryAfter ?? 1) } : {}) };
  const body = fault.body ?? (fault.kind === 'rate-limit' ? 'Number of allowed API requests per minute exceeded' : 'Internal server error');
  return typeof body === 'string' ? { status, headers, text: body, type: fault.type ?? 'text/plain; charset=utf-8' } : { status, headers, json: body };
}

/** Resolves after `ms`; at once for 0. */
export function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
}
