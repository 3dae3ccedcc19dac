import { useCallback, useState } from 'react';

/** Text that outlives a reload of the page, in this window only. Null: forget it. */
export function useKept(key: string, initial: string): [string, (value: string | null) => void] {
  const [value, setValue] = useState(() => {
    try {
      return sessionStorage.getItem(key) ?? initial;
    } catch {
      return initial;
    }
  });
  const keep = useCallback(
    (next: string | null) => {
      setValue(next ?? initial);
      try {
        if (next === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, next);
      } catch {
        // Without storage it lives in the page alone.
      }
    },
    [key, initial],
  );
  return [value, keep];
}
