import type { Answer } from '../http/answer.ts';
import { html, type Markup, trusted } from '../http/html.ts';
import { wholePage } from '../http/whole-page.ts';

const STYLE = trusted(`
:root { color-scheme: light dark; --bg: #fafafa; --card: #fff; --text: #1f1e24; --dim: #55535c; --line: #cfcdd6; --accent: #5943b6; --on-accent: #fff; --note: #fdf1dd; --edge: #9e5400; --danger: #ae1800; }
@media (prefers-color-scheme: dark) { :root { --bg: #18171d; --card: #232229; --text: #ececef; --dim: #bfbdc7; --line: #4c4b53; --accent: #b6a6f5; --on-accent: #1c1731; --note: #3d2b10; --edge: #e9be74; --danger: #f6a092; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: .75rem 1rem; }
footer { color: var(--dim); font-size: .875rem; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
.internal { background: var(--note); border-color: var(--edge); }
.dim, .facts { color: var(--dim); font-size: .9rem; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; }
ul.list { list-style: none; padding: 0; margin: 0; }
ul.list li { border-top: 1px solid var(--line); padding: .75rem 0; overflow-wrap: anywhere; }
ul.list li:first-child { border-top: 0; }
.body { overflow-x: auto; overflow-wrap: anywhere; }
.body img { max-width: 100%; height: auto; }
.body pre { overflow-x: auto; border: 1px solid var(--line); padding: .5rem; }
.body table { border-collapse: collapse; }
.body th, .body td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: start; }
form { display: grid; gap: .75rem; }
label { display: grid; gap: .25rem; font-weight: 600; }
label.check { display: flex; align-items: center; font-weight: 400; min-height: 1.75rem; gap: .5rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim); border-radius: .25rem; padding: .5rem; max-width: 100%; }
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
    title: `${title} – GitLab simulator`,
    style: STYLE,
    header: html`<a href="/"><strong>Projects</strong></a>`,
    content,
    footer: html`A simulator, not GitLab. Nothing here is sent to anybody.`,
    status,
  });
