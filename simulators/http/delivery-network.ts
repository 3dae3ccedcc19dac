import { setTimeout as wait } from 'node:timers/promises';

/** What the network does to the next deliveries: `hold` keeps them back until `release`, which sends them in reverse order. */
export interface DeliveryFaults {
  lose?: number;
  duplicate?: number;
  hold?: number;
}

/** How one delivery goes. Nothing of it has begun before `dispatch` is called. */
export interface Passage {
  /** The vendor's tries, to the last one. Never rejects. */
  send: () => Promise<void>;
  /** Called when the network loses it, or keeps it back. */
  mark: (fate: 'lost' | 'held') => void;
  /** Starts it a second time. */
  repeat: () => void;
}

/** The webhook deliveries of a simulator: a list of them, and a network that tests can disturb. What is sent, and how often it is tried, is the vendor's. */
export class DeliveryNetwork<Delivery, Settings extends { timeoutMs: number }> {
  readonly settings: Settings;
  readonly #faults = { lose: 0, duplicate: 0, hold: 0 };
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #log: Delivery[] = [];
  #held: (() => Promise<void>)[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Adds it to the list; `dispatch` does so too. */
  note(delivery: Delivery): Delivery {
    this.#log.push(delivery);
    return delivery;
  }

  /** Notes it and sends it, as the faults let it. */
  dispatch(delivery: Delivery, { send, mark, repeat }: Passage): void {
    this.note(delivery);
    if (this.#takes('lose')) mark('lost');
    else if (this.#takes('hold')) {
      mark('held');
      this.#held.push(() => this.track(send()));
    } else {
      void this.track(send());
      if (this.#takes('duplicate')) repeat();
    }
  }

  /** `settled` waits for it. */
  track(sending: Promise<void>): Promise<void> {
    const run = sending.finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  /** Posts once. Answers the status; null: refused, reset or timed out, which is all the same to a sender. */
  async post(url: string, headers: Record<string, string>, body: string): Promise<number | null> {
    try {
      const response = await fetch(url, { method: 'POST', redirect: 'manual', signal: this.deadline(), headers, body });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }

  /** Aborts when the receiver has had its time, and when the simulator stops. */
  deadline(): AbortSignal {
    return AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(this.settings.timeoutMs)]);
  }

  /** Real milliseconds; ends early when the simulator stops. */
  async pause(ms: number): Promise<void> {
    if (ms > 0) await wait(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }

  get stopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  list(): Delivery[] {
    return this.#log;
  }

  clear(): void {
    this.#log = [];
  }

  set(changes: Partial<Settings>): void {
    Object.assign(this.settings, changes);
  }

  fault(faults: DeliveryFaults): void {
    Object.assign(this.#faults, faults);
  }

  /** Sends what was held back, the newest first, one after the other. */
  async release(): Promise<void> {
    const late = this.#held.reverse();
    this.#held = [];
    for (const deliver of late) await deliver();
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Breaks off what is on its way. */
  stop(): void {
    this.#stopped.abort();
  }

  #takes(fault: keyof DeliveryFaults): boolean {
    if (this.#faults[fault] <= 0) return false;
    this.#faults[fault] -= 1;
    return true;
  }
}
