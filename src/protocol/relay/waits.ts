import type { Listener } from '../../store/listen.ts';

/** Waiting for something that another process may bring about. */
export interface Waits {
  /** Asks whenever something has happened, and now and then; null when `ms` are over. Throws what `signal` was aborted with. */
  until<T>(ask: () => Promise<T | null>, ms: number, signal: AbortSignal): Promise<T | null>;
  readonly closed: boolean;
  close(): void;
}

const AGAIN_MS = 1000;

export function createWaits(listener: Listener): Waits {
  const hearers = new Set<() => void>();
  const ending = new AbortController();
  const unlisten = listener.on('entente_relay', () => {
    for (const hear of [...hearers]) hear();
  });
  return {
    async until(ask, ms, signal) {
      const end = Date.now() + ms;
      const over = AbortSignal.any([signal, ending.signal]);
      for (;;) {
        over.throwIfAborted();
        let heard = false;
        let wake = () => {};
        // What happens while we ask is not missed.
        const hear = () => {
          heard = true;
          wake();
        };
        hearers.add(hear);
        over.addEventListener('abort', hear, { once: true });
        try {
          const found = await ask();
          if (found !== null) return found;
          const left = end - Date.now();
          if (left <= 0) return null;
          if (!heard)
            await new Promise<void>((resolve) => {
              const timer = setTimeout(resolve, Math.min(left, AGAIN_MS));
              wake = () => {
                clearTimeout(timer);
                resolve();
              };
              if (heard) wake();
            });
        } finally {
          hearers.delete(hear);
          over.removeEventListener('abort', hear);
        }
      }
    },
    get closed() {
      return ending.signal.aborted;
    },
    close() {
      unlisten();
      ending.abort(new Error('The node is stopping.'));
    },
  };
}
