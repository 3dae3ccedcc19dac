import { createHash } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import type { Clock } from '../http/clock.ts';
import { ApiError } from './errors.ts';

const LIFETIME_MS = 2 * 3_600_000;

export interface IdempotencyKeys {
  /** Does `work` once per key: a repeat gets the first answer and `x-idempotency-lookup: hit`; with another body it is refused with 400. */
  once(key: string | undefined, body: unknown, work: () => Answer): Answer;
}

/** Keys live for two hours; an answer that refuses is not kept. */
export function createIdempotencyKeys(clock: Clock): IdempotencyKeys {
  const known = new Map<string, { body: string; answer: Answer; at: number }>();
  return {
    once(key, body, work) {
      if (key === undefined) return work();
      const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      const earlier = known.get(key);
      if (earlier && clock.now() - earlier.at < LIFETIME_MS) {
        if (earlier.body !== digest) {
          throw new ApiError(400, {
            error: 'IdempotentRequestError',
            description: 'Request body does not match the one that this idempotency key was first used with.',
          });
        }
        return { ...earlier.answer, headers: { ...earlier.answer.headers, 'x-idempotency-lookup': 'hit' } };
      }
      const answer = work();
      known.set(key, { body: digest, answer, at: clock.now() });
      return { ...answer, headers: { ...answer.headers, 'x-idempotency-lookup': 'miss' } };
    },
  };
}
