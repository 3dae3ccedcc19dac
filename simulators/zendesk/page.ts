import type { Answer } from '../http/answer.ts';
import { html, type Markup, trusted } from '../http/html.ts';
import { wholePage } from '../http/whole-page.ts';
import type { Account } from './account.ts';
import { appBar } from './app-bar.ts';

const STYLE = trusted(`
:root { color-scheme: light dark; --bg: #f5f6f7; --card: #fff; --text: #17202a; --dim: #4d5964; --line: #c9d0d6; --accent: #1f5a8a; --on-accent: #fff; --note: #fff4d6; --note-line: #8a6100; --note-text: #5c4000; --danger: #a3201d; }
@media (prefers-color-scheme: dark) { :root { --bg: #14181c; --card: #1e242a; --text: #e8ecef; --dim: #b3bec8; --line: #46525d; --accent: #8cc4f2; --on-accent: #0d1a26; --note: #3a2f14; --note-line: #e0b44c; --note-text: #f5dda3; --danger: #ff9d96; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-block: 1rem; display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
header strong { font-size: 1.1rem; }
footer { padding-block: 2rem; color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
.narrow { max-width: 32rem; margin-inline: auto; }
.dim { color: var(--dim); }
.list { list-style: none; padding: 0; margin: 0; }
.list li { border-top: 1px solid var(--line); padding: .75rem 0; }
.list li:first-child { border-top: 0; }
.list a { font-weight: 600; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; font-size: .9rem; color: var(--dim); }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap; }
.note { background: var(--note); border-color: var(--note-line); }
.note .badge, .note .dim { color: var(--note-text); }
.body { overflow-x: auto; overflow-wrap: anywhere; }
.body img { max-width: 100%; height: auto; }
.body pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; }
.body table { border-collapse: collapse; }
.body th, .body td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: start; }
.body blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); }
form { display: grid; gap: .75rem; }
.row { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
label { display: grid; gap: .25rem; font-weight: 600; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: 1rem; flex-wrap: wrap; }
fieldset label { display: flex; align-items: center; font-weight: 400; min-height: 1.75rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim); border-radius: .25rem; padding: .5rem; max-width: 100%; min-width: 0; }
textarea { width: 100%; min-height: 7rem; resize: vertical; }
button { background: var(--accent); color: var(--on-accent); border-color: var(--accent); cursor: pointer; padding-inline: 1rem; font-weight: 600; }
button.quiet { background: transparent; color: var(--accent); }
button.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; gap: .75rem; flex-wrap: wrap; margin: 0; }
.skip { position: absolute; inset-inline-start: -999rem; }
.skip:focus { position: static; }
.apps { display: flex; gap: .5rem; }
.apps a { display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.apps svg { width: 18px; height: 18px; fill: var(--accent); }
.app iframe { width: 100%; height: 80vh; min-height: 40rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); margin-top: 1rem; }
main:has(.app) { max-width: 90rem; }
`);

/** A whole page of the simulated product. It needs no script, unless `policy` allows one. */
export function page(account: Account | undefined, title: string, content: Markup, policy?: string): Answer {
  const name = account ? (account.brands[0]?.name ?? account.subdomain) : 'Zendesk';
  return wholePage({
    title: `${title} – ${name}`,
    style: STYLE,
    header: html`<strong>${name}</strong> ${account ? html`<a href="/agent">Tickets</a> <a href="/agent/admin/apps">Apps</a>${appBar(account)}` : null}`,
    content,
    footer: html`A simulator, not Zendesk${account ? html`: the account <code>${account.subdomain}</code>` : null}. Nothing here is sent to anybody.`,
    policy,
  });
}
