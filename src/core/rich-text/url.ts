const CONTROL = /[\p{Cc}\ufeff\ufdd0-\ufddf]/gu;
const ODD = /[\s<>"`\\^{|}]/gu;

/**
 * A link's address as every format can carry it, or undefined when it is not allowed: only http, https, mailto and tel are.
 * Relative addresses mean nothing on another tracker and are refused too.
 */
export function cleanUrl(raw: string): string | undefined {
  const trimmed = raw.trim().toWellFormed();
  const scheme = /^(https?:\/\/|mailto:|tel:)(?=[^/\s])/i.exec(trimmed)?.[0];
  if (!scheme) return undefined;
  return (
    scheme.toLowerCase() +
    trimmed
      .slice(scheme.length)
      .replace(/ /g, '%20')
      .replace(CONTROL, '')
      .replace(/@\u2060+/g, '@')
      .replace(ODD, (c) => encodeURIComponent(c))
  );
}

/** True when a link's label says no more than its address: such a link is kept as text. */
export function isBare(label: string, url: string): boolean {
  return (
    label === url ||
    `${label}/` === url ||
    `mailto:${label}` === url ||
    `http://${label}` === url ||
    cleanUrl(label) === url ||
    cleanUrl(`http://${label}`) === url
  );
}

/** Web addresses within text. */
export const URL_IN_TEXT = /\bhttps?:\/\/[^\s<>"`\\^{|}]*[^\s<>"`\\^{|}.,;:!?'()[\]*_~]/giu;

/** An attachment's address as a connector gives it: as cleanUrl, but a path on the same tracker is allowed too, and a content id as in mails (RFC 2392). */
export function fileUrl(raw: string | undefined): string | undefined {
  if (!raw) return undefined;
  if (/^cid:[\w.%@+~-]+$/i.test(raw)) return raw;
  return cleanUrl(raw) ?? (/^\/(?![/\\])/.test(raw) ? cleanUrl(`http://h${raw}`)?.slice('http://h'.length) : undefined);
}
