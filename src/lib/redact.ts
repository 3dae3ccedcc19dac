const WORD = 'token|secret|password|passwd|signature|credential|authorization|api[-_]?key|assertion|jwt|cookie|code_verifier';
/** Names that are secret wherever they stand. */
const LONG = `[\\w-]{0,40}(?:${WORD})[\\w-]{0,40}`;
/** Names that are secret as URL parameters; as properties of JSON they are everyday words. */
const SHORT = 'key|code|sig|auth';

const SECRET_NAME = new RegExp(`^(?:${LONG}|${SHORT})$`, 'i');
const AUTHORIZATION = /\b(Bearer|Basic|Token)\s+[\w.~+/=:-]{6,}/gi;
// The quotes of JSON within JSON have backslashes: the value ends at a quote with as many of them, and no more, as the one that it began with.
const PROPERTY = new RegExp(`(\\\\*")(${LONG})\\1(\\s*:\\s*)\\1.*?(?<!\\\\)\\1`, 'gi');
const PARAMETER = new RegExp(`(\\b(?:${LONG})|(?:^|[?&])(?:${SHORT}))=[^\\s&"'\\\\;,)]+`, 'gi');
const USER = /(https?:\/\/)[^\s/@"'\\]+@/gi;

/** Is this the name of a header, parameter or property whose value must not be shown? */
const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Path and query of a URL as they may be shown: secret parameters and the tokens in attachment paths are replaced. No host, no user, no fragment. */
export function shownPath(url: URL): string {
  const path = url.pathname.replace(/\/(token|tokens)\/[^/]{8,}/g, '/$1/***');
  const query = [...url.searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${isSecretName(name) ? '***' : encodeURIComponent(value)}`);
  return query.length ? `${path}?${query.join('&')}` : path;
}

/** Text without credentials: authorization values, secret properties of JSON (also of JSON within JSON), secret parameters, users in URLs. */
export function redactText(text: string): string {
  return text.replace(AUTHORIZATION, '$1 ***').replace(PROPERTY, '$1$2$1$3$1***$1').replace(PARAMETER, '$1=***').replace(USER, '$1***@');
}

/** Headers as they may be shown. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? '***' : redactText(value)]));
}
