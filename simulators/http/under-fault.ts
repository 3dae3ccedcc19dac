import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import { type Fault, faultAnswer, sleep } from './faults.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** How slow every answer is. */
export interface Latency {
  fixedMs: number;
  jitterMs: number;
}

/** Does the work as the fault lets it. Undefined: there is nothing to send any more. */
export async function underFault(
  { fixedMs, jitterMs }: Latency,
  fault: Fault | undefined,
  req: IncomingMessage,
  res: ServerResponse,
  work: (req: IncomingMessage) => Promise<Answer>,
): Promise<Answer | undefined> {
  await sleep(fixedMs + Math.random() * jitterMs);
  switch (fault?.kind) {
    case undefined:
      return work(req);
    case 'delay':
      await sleep(fault.delayMs ?? 1_000);
      return work(req);
    case 'status':
    case 'rate-limit':
      req.resume();
      return faultAnswer(fault);
    case 'drop-before':
      req.socket.destroy();
      return undefined;
    case 'drop-after':
      await work(req);
      req.socket.destroy();
      return undefined;
    case 'hang':
      return undefined;
    case 'hang-after':
      await work(req);
      return undefined;
    case 'late': {
      // The caller is cut off at once; what it had sent is carried out later all the same.
      const body = await readBody(req, MAX_BODY_BYTES);
      res.destroy();
      await sleep(fault.delayMs ?? 1_000);
      await work(Object.assign(Readable.from([body]), { method: req.method, url: req.url, headers: req.headers }) as IncomingMessage);
      return undefined;
    }
  }
}
