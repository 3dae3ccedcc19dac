import type { Answer } from '../http/answer.ts';
import { html, type Markup, trusted } from '../http/html.ts';
import { wholePage } from '../http/whole-page.ts';

const STYLE = trusted(`
:root { color-scheme: light dark; --bg: #f4f5f7; --card: #fff; --text: #172b4d; --dim: #505f79; --line: #c1c7d0; --accent: #0052cc; --on: #fff; --note: #fff4d6; --note-text: #5c4000; --danger: #ae2a19; }
@media (prefers-color-scheme: dark) { :root { --bg: #161a1d; --card: #1d2125; --text: #e4e7eb; --dim: #b0bac5; --line: #454f59; --accent: #85b8ff; --on: #0d1a26; --note: #3a2f14; --note-text: #f5dda3; --danger: #ff9c8f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
footer { color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
.narrow { max-width: 32rem; margin-inline: auto; }
.dim { color: var(--dim); }
.note { background: var(--note); color: var(--note-text); }
.list { list-style: none; padding: 0; margin: 0; }
.list li { border-top: 1px solid var(--line); padding: .75rem 0; overflow-wrap: anywhere; }
.list li:first-child { border-top: 0; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; font-size: .9rem; color: var(--dim); }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap; }
.body { overflow-x: auto; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.body > * { unicode-bidi: plaintext; text-align: start; }
.body img, .files img { max-width: 100%; height: auto; }
.files { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; padding: 0; }
.files img { max-height: 8rem; display: block; }
.body pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; }
.body table { border-collapse: collapse; }
.body th, .body td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: start; }
.body blockquote, .panel { margin-inline: 0; padding: .25rem 1rem; border-inline-start: 4px solid var(--accent); }
.panel { background: var(--bg); }
.mention { color: var(--accent); }
.task { list-style: none; }
form { display: grid; gap: .75rem; }
.row { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
label { display: grid; gap: .25rem; font-weight: 600; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim); border-radius: .25rem; padding: .5rem; max-width: 100%; min-width: 0; }
textarea { width: 100%; min-height: 7rem; }
button { background: var(--accent); color: var(--on); border-color: var(--accent); cursor: pointer; font-weight: 600; }
button.quiet { background: transparent; color: var(--accent); }
button.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; gap: .75rem; flex-wrap: wrap; margin: 0; }
.skip { position: absolute; inset-inline-start: -999rem; }
.skip:focus { position: static; }
`);

/** A whole page of the simulated product. It needs no script. */
export const page = (title: string, content: Markup): Answer =>
  wholePage({
    title: `${title} – Jira`,
    style: STYLE,
    header: html`<strong>Jira</strong> <a href="/">Issues</a>`,
    content,
    footer: html`A simulator, not Jira. Nothing here is sent to anybody.`,
  });
