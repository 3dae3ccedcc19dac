/** What is asked for rarely, because it changes rarely: one request at a time for each thing, and none while its answer is fresh. A failure is not remembered. */
export class Remembered {
  readonly #freshMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();

  /** `now`: milliseconds since 1970. */
  constructor(freshMs: number, now: () => number) {
    this.#freshMs = freshMs;
    this.#now = now;
  }

  /** The same key has to mean the same type each time. */
  get<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept && this.#now() - kept.at < this.#freshMs) return kept.value as Promise<T>;
    const value = ask().catch((error: unknown) => {
      if (this.#kept.get(key)?.value === value) this.#kept.delete(key);
      throw error;
    });
    this.#kept.set(key, { at: this.#now(), value });
    return value;
  }

  /** Asks anew the next time. */
  forget(key: string): void {
    this.#kept.delete(key);
  }
}
