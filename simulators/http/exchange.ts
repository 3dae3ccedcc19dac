import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Clock } from './clock.ts';
import type { CommonDesk } from './controls.ts';
import type { LoggedRequest } from './request-log.ts';
import { underFault } from './under-fault.ts';

/** One request to the API: it is logged, meets the fault that waits for it, and is worked on. Undefined: there is nothing to send any more. */
export async function exchange(
  desk: CommonDesk,
  clock: Clock,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  work: (req: IncomingMessage, entry: LoggedRequest) => Promise<Answer>,
): Promise<Answer | undefined> {
  const startedAt = performance.now();
  const entry: LoggedRequest = { method: req.method ?? 'GET', path: url.pathname, query: url.search, status: null, ms: 0, at: clock.now() };
  desk.log.add(entry);
  const fault = desk.faults.take(entry.method, url.pathname + url.search);
  if (fault) entry.fault = fault.kind;
  const answer = await underFault(desk.latency, fault, req, res, (from) => work(from, entry));
  if (!answer) return undefined;
  entry.status = answer.status;
  entry.ms = performance.now() - startedAt;
  return answer;
}
