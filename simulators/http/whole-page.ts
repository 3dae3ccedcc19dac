import type { Answer } from './answer.ts';
import { html, type Markup } from './html.ts';

/** What a page of a simulated product consists of. It needs no script. */
export interface WholePage {
  title: string;
  style: Markup;
  header: Markup;
  content: Markup;
  footer: Markup;
  /** Default 200. */
  status?: number;
  /** A directive of the content security policy besides those that every page has. */
  policy?: string | undefined;
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' http: https: data:; form-action *; base-uri 'none'";

export function wholePage({ title, style, header, content, footer, status = 200, policy }: WholePage): Answer {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>${header}</header>
<main id="content">${content}</main>
<footer>${footer}</footer>
</body>
</html>`;
  return {
    status,
    text: document.markup,
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': policy ? `${POLICY}; ${policy}` : POLICY },
  };
}
