/** Aborts when nothing moved for `timeoutMs`, when an answer takes longer than `answerMs` altogether, or when the caller does. */
export function watchProgress(timeoutMs: number, answerMs: number, outer: AbortSignal) {
  const inner = new AbortController();
  let late: 'quiet' | 'long' | null = null;
  const giveUp = (why: 'quiet' | 'long') => () => {
    late = why;
    inner.abort();
  };
  let quiet = setTimeout(giveUp('quiet'), timeoutMs);
  let whole: NodeJS.Timeout | undefined;
  const progress = (): void => {
    if (late) return;
    clearTimeout(quiet);
    quiet = setTimeout(giveUp('quiet'), timeoutMs);
  };
  return {
    signal: AbortSignal.any([outer, inner.signal]),
    progress,
    answered(): void {
      progress();
      whole = setTimeout(giveUp('long'), answerMs);
    },
    stop(): void {
      clearTimeout(quiet);
      clearTimeout(whole);
    },
    late: () => late,
  };
}
