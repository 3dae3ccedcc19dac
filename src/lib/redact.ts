const SECRET_NAME =
  /^(?:.*(?:token|secret|password|passwd|signature|credential|authorization|api[-_]?key|assertion|jwt).*|key|code|sig|auth|cookie|set-cookie|code_verifier)$/i;

/** Is this the name of a header, parameter or property whose value must not be shown? */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Path and query of a URL as they may be shown: secret parameters and the tokens in attachment paths are replaced. No host, no user, no fragment. */
export function shownPath(url: URL): string {
  const path = url.pathname.replace(/\/(token|tokens)\/[^/]{8,}/g, '/$1/***');
  const query = [...url.searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${isSecretName(name) ? '***' : encodeURIComponent(value)}`);
  return query.length ? `${path}?${query.join('&')}` : path;
}

/** Text without credentials: authorization values, secret properties of JSON (also of JSON within JSON), secret parameters, users in URLs. */
export function redactText(text: string): string {
  return text
    .replace(/\b(Bearer|Basic|Token)\s+[\w.~+/=:-]{6,}/gi, '$1 ***')
    .replace(/(\\*")([\w-]{1,60})\1(\s*:\s*)\1((?:(?!\1)(?:\\\\|[^\n]))*)\1/g, (whole, quote: string, name: string, colon: string) =>
      isSecretName(name) ? `${quote}${name}${quote}${colon}${quote}***${quote}` : whole,
    )
    .replace(/([?&;]|\b)([\w-]{1,60})=([^\s&"'\\;,)]+)/g, (whole, before: string, name: string) => (isSecretName(name) ? `${before}${name}=***` : whole))
    .replace(/(https?:\/\/)[^\s/@"'\\]+@/gi, '$1***@');
}

/** Headers as they may be shown. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? '***' : redactText(value)]));
}
