import { useCallback, useState } from 'react';
import type { Lookup, Mode } from './queries.ts';

/** What the admin has answered so far. Lives as long as the window: neither Back nor loading the page again loses an answer. */
export interface Draft {
  /** Slug of the own side; null: not chosen. */
  readonly instance: string | null;
  readonly url: string;
  /** What answered at `url`, for `instance`. */
  readonly found: Lookup | null;
  /** Goes on without somebody answering at an address: there is none, what was entered does not answer, or is no address at all. */
  readonly without: 'no-url' | 'refused' | 'no-address' | null;
  readonly mode: Mode | null;
  /** Null: as proposed. */
  readonly name: string | null;
  readonly description: string;
  readonly scope: string | null;
  readonly understood: boolean;
  readonly path: 'admin' | 'invitation' | null;
  /** Only the instance at `url` may accept the invitation. */
  readonly bind: boolean;
  /** The furthest question that was seen, so that later answers stay in view while an earlier one is edited. */
  readonly reached: number;
  /** The connection that came of it: the browser's Back must not make a second one. */
  readonly made: string | null;
}

const EMPTY: Draft = {
  instance: null,
  url: '',
  found: null,
  without: null,
  mode: null,
  name: null,
  description: '',
  scope: null,
  understood: false,
  path: null,
  bind: true,
  reached: 0,
  made: null,
};
const KEY = 'entente.initiate';

function stored(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}
function store(draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the answers live in the page alone.
  }
}

export function useDraft(): { draft: Draft; change: (patch: Partial<Draft>) => void; clear: () => void } {
  const [draft, setDraft] = useState(stored);
  const change = useCallback((patch: Partial<Draft>) => {
    setDraft((before) => {
      const after = { ...before, ...patch };
      store(after);
      return after;
    });
  }, []);
  const clear = useCallback(() => {
    store(null);
    setDraft(EMPTY);
  }, []);
  return { draft, change, clear };
}

/** The request came to nothing: its answers stay for another try. */
export const reopenDraft = (): void => store({ ...stored(), made: null });
/** The connection stands: the next one begins without answers. */
export const forgetDraft = (): void => store(null);
