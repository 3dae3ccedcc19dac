/** What a page of ours may load, and who may show it in a frame: `ancestors`, as in a content security policy. */
export const policyWith = (ancestors: string): string =>
  [
    "default-src 'self'",
    // Mantine writes style attributes and one style element.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors}`,
  ].join('; ');
