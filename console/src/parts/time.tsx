import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let now = Date.now();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One clock for the whole page: it ticks every five seconds while somebody looks at it. */
function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      ticking ??= setInterval(() => {
        now = Date.now();
        for (const each of listeners) each();
      }, 5000);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(ticking);
        ticking = undefined;
      };
    },
    () => now,
  );
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

function words(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (Math.abs(seconds) < 10) return seconds > 0 ? 'in a moment' : 'just now';
  for (const [unit, size] of UNITS) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(seconds, 'second');
}

export const exact = (iso: string): string => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
const clock = (iso: string): string => {
  const date = new Date(iso);
  const today = new Date().toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(undefined, today ? { hour: '2-digit', minute: '2-digit' } : { dateStyle: 'medium', timeStyle: 'short' }).format(date);
};

/** Relative, with the exact moment on hover. */
export function Ago({ at }: { at: string }) {
  useNow();
  return (
    <time dateTime={at} title={exact(at)}>
      {words(new Date(at).getTime() - Date.now())}
    </time>
  );
}

/** The time of day; with the date when it was not today. */
export function Clock({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {clock(at)}
    </time>
  );
}
