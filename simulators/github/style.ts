import type { Answer } from '../http/answer.ts';
import { html, type Markup, trusted } from '../http/html.ts';
import { wholePage } from '../http/whole-page.ts';

const STYLE = trusted(`
:root { color-scheme: light dark; --bg: #f6f8fa; --card: #fff; --text: #1f2328; --dim: #4f5761; --line: #cbd2d9; --accent: #0757ba; --on-accent: #fff; --open: #116329; --closed: #6639ba; --danger: #a40e26; --alert: #0757ba; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --card: #161b22; --text: #e6edf3; --dim: #aeb8c2; --line: #444c56; --accent: #79b8ff; --on-accent: #0b1a2b; --open: #56d364; --closed: #cfadff; --danger: #ff9a94; --alert: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: .75rem 1rem; }
footer { color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .75rem; color: var(--dim); font-size: .9rem; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap; }
.open { color: var(--open); }
.closed { color: var(--closed); }
ul.list { list-style: none; padding: 0; margin: 0; }
ul.list .facts, h1 .facts { margin: 0; }
ul.list > li { border-top: 1px solid var(--line); padding: .75rem 0; overflow-wrap: anywhere; }
ul.list > li:first-child { border-top: 0; }
.body { overflow-x: auto; overflow-wrap: anywhere; }
.body img { max-width: 100%; height: auto; }
.body pre { overflow-x: auto; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem; }
.body table { border-collapse: collapse; }
.body th, .body td { border: 1px solid var(--line); padding: .25rem .5rem; }
.body blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); }
.body .contains-task-list { list-style: none; padding-inline-start: 1rem; }
.body .markdown-alert { padding-inline-start: 1rem; border-inline-start: 3px solid var(--alert); }
.body .markdown-alert-title { color: var(--alert); font-weight: 600; }
form { display: grid; gap: .75rem; }
.row { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
label { display: grid; gap: .25rem; font-weight: 600; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim); border-radius: .25rem; padding: .5rem; max-width: 100%; min-width: 0; }
.body input { padding: 0; }
textarea { width: 100%; min-height: 7rem; resize: vertical; }
button { background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; justify-self: start; }
button.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; inset-inline-start: -999rem; }
.skip:focus { position: static; }
`);

/** A whole page. It needs no script. */
export const page = (title: string, content: Markup, status = 200): Answer =>
  wholePage({
    title: `${title} – GitHub simulator`,
    style: STYLE,
    header: html`<a href="/"><strong>Repositories</strong></a>`,
    content,
    footer: html`A simulator, not GitHub. Nothing here is sent to anybody.`,
    status,
  });
