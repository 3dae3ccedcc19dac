import { isIP } from 'node:net';
import { EntenteError } from '../../core/errors.ts';

/** An address as it was understood: no query, no fragment, no slash at the end. */
export interface Address {
  readonly text: string;
  readonly origin: string;
  readonly path: string;
}

const LOOPBACK = /^(localhost|127\.|\[::1\])/i;

/** An address as people type it: with or without https://, with the path of whatever page they had open. Throws `wrong-address`. */
export function readAddress(typed: string): Address {
  const text = typed.trim();
  const wrong = (why: string) => new EntenteError('wrong-address', `“${text.length > 200 ? `${text.slice(0, 200)}…` : text}” is no web address: ${why}`);
  if (text === '') throw wrong('it is empty.');
  if (/\s/.test(text)) throw wrong('it has spaces in it.');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') throw wrong(`it begins with ${scheme}:// instead of https://.`);
  const whole = scheme === undefined ? `${LOOPBACK.test(text) ? 'http' : 'https'}://${text}` : text;
  if (!URL.canParse(whole)) throw wrong('it has to look like https://acme.example.com.');
  const url = new URL(whole);
  if (url.username !== '' || url.password !== '') throw wrong('it must not hold a user name or password.');
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (!bare.includes('.') && isIP(bare) === 0 && !LOOPBACK.test(bare) && url.port === '') throw wrong('it has no domain, such as acme.example.com.');
  const path = url.pathname.replace(/\/+$/, '');
  return { text: `${url.origin}${path}`, origin: url.origin, path };
}

const parse = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
const trimmed = (path: string): string => path.replace(/\/+$/, '').toLowerCase();

/** How closely an address lies at or below another one: the length of that one's path; null: elsewhere. http and https are alike, upper and lower case too. */
export function within(base: string, address: string): number | null {
  const [outer, inner] = [parse(base), parse(address)];
  if (!outer || !inner) return null;
  const port = (url: URL) => url.port || 'default';
  if (outer.hostname.toLowerCase() !== inner.hostname.toLowerCase() || port(outer) !== port(inner)) return null;
  const [at, below] = [trimmed(outer.pathname), trimmed(inner.pathname)];
  return below === at || below.startsWith(`${at}/`) ? at.length : null;
}

const withScheme = (text: string): string => (/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);

/** Does an entry of a list, an address or a bare host name, cover the address? */
export const covers = (entry: string, address: string): boolean => within(withScheme(entry), address) !== null;

/** Do the two name the same place, or one of them a part of the other? */
export const touches = (one: string, other: string): boolean => covers(one, other) || covers(other, one);
