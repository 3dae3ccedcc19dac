import type { IncomingMessage } from 'node:http';

const frames = new WeakMap<IncomingMessage, string>();

/**
 * The console in a tracker's frame makes its calls below the frame's own address, the only one that the frame's cookie is sent to: neither session is ever
 * taken for the other. Takes that part off the address, and remembers whose frame it is.
 */
export function unframe(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const [, frame, rest] = /^\/embed\/([a-z0-9-]+)(\/api\/v1\/.*)$/.exec(url) ?? [];
  if (frame === undefined || rest === undefined) return url;
  frames.set(request, frame);
  return rest;
}

/** Short name of the instance in whose frame the request was made. */
export const frameOf = (request: IncomingMessage): string | undefined => frames.get(request);
