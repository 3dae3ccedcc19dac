/**
 * The cookie of a session in a frame. The tracker's site and the node's are two sites, so it has to be `SameSite=None`; `Partitioned` keeps it to this tracker’s
 * pages, so that nobody can follow the person by it; the path keeps it to this frame. `Secure` goes over https, and to a loopback address.
 */
export const frameCookie = (name: string, slug: string, value: string, seconds: number): string =>
  `${name}=${value}; Path=/embed/${slug}; Max-Age=${seconds}; HttpOnly; Secure; SameSite=None; Partitioned`;

/** The value of a cookie in a request's header; null: it is not there. */
export function cookieIn(header: string | null | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name && value.length > 0) return value.join('=');
  }
  return null;
}
