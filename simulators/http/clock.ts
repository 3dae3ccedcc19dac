/** A simulator's own time: the real one plus an offset, or frozen. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Moves the time forward; works on a frozen clock too. */
  advance(ms: number): void;
  /** Stops the time at `at` (default: now). */
  freeze(at?: number): void;
  /** Lets the time run on from where it stands. */
  thaw(): void;
}

/** A clock that runs with the machine's until it is advanced or frozen. */
export function createClock(): Clock {
  let offset = 0;
  let frozenAt: number | undefined;
  return {
    now: () => frozenAt ?? Date.now() + offset,
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`advance wants milliseconds, not ${ms}: time does not run backwards`);
      if (frozenAt === undefined) offset += ms;
      else frozenAt += ms;
    },
    freeze(at) {
      frozenAt = at ?? frozenAt ?? Date.now() + offset;
    },
    thaw() {
      if (frozenAt !== undefined) offset = frozenAt - Date.now();
      frozenAt = undefined;
    },
  };
}
