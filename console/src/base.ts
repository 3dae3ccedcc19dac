/** Inside a tracker's frame the console, and every call that it makes, lies below the frame's address. Elsewhere: nothing. */
export const base = /^\/embed\/[^/]+/.exec(location.pathname)?.[0] ?? '';
