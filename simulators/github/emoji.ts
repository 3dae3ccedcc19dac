const EMOJI: Record<string, string> = {
  '+1': '👍',
  '-1': '👎',
  bug: '🐛',
  heart: '❤️',
  eyes: '👀',
  fire: '🔥',
  rocket: '🚀',
  smile: '😄',
  sparkles: '✨',
  tada: '🎉',
  thumbsup: '👍',
  warning: '⚠️',
  white_check_mark: '✅',
  x: '❌',
};

/** Short names of emoji as readers see them; some of the many. Unknown ones stay as they are. */
export const withEmoji = (text: string): string => text.replace(/:([+\-\w]+):/g, (whole, name: string) => EMOJI[name] ?? whole);
