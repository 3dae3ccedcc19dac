import type { Refusal } from './refusals.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `:root{color-scheme:light dark;--ground:#f7f7f9;--card:#fff;--ink:#1c1d22;--quiet:#55575f;--line:#d9dae0;--accent:#4c5fe0}
@media (prefers-color-scheme:dark){:root{--ground:#131418;--card:#1c1d22;--ink:#eceded;--quiet:#a9abb3;--line:#3a3c44;--accent:#9aa6ff}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:12vh auto;padding:1.75rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
h1{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}p{margin:.5rem 0 0;color:var(--quiet);overflow-wrap:anywhere}a{color:var(--accent)}
@media (max-width:40rem){main{margin:1rem}}`;

/** A page without the console, in the frame or the tab that belongs to it. */
export const plainPage = (title: string, text: string, links: readonly { readonly href: string; readonly label: string }[] = []): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)} · Entente</title><link rel="icon" href="/favicon.svg"><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${links.map(({ href, label }) => `<p><a href="${escaped(href)}" target="_blank" rel="noreferrer">${escaped(label)}</a></p>`).join('')}</main></body>
</html>
`;

export const refusalPage = ({ message, remedy }: Refusal, consoleUrl: string): string =>
  plainPage(message, remedy, [{ href: consoleUrl, label: 'Open the console in a tab of its own' }]);
