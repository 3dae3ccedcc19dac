import { randomBytes } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import { html, trusted } from '../http/html.ts';
import type { Account } from './account.ts';
import { PackageRefused } from './app-package.ts';
import { claimsOf, frameUrl, type InstalledApp, installApp, signToken } from './apps.ts';
import type { User } from './model.ts';
import { page } from './page.ts';
import { agentsOf } from './people.ts';

/** Those who can sign in there, whoever of them runs the sync left out. */
const peopleOf = (account: Account): User[] => agentsOf(account).filter(({ email }) => !email?.startsWith('sync@'));

/** Answers `/agent/apps…` and `/agent/admin/apps`: the pages that apps are shown on and installed with. Undefined for a path that it does not have. */
export async function answerAppPage(account: Account, method: string, url: URL, form: () => Promise<FormData>): Promise<Answer | undefined> {
  if (/^\/agent\/admin\/apps\/?$/.test(url.pathname)) return method === 'POST' ? upload(account, await form()) : adminPage(account, []);
  const id = /^\/agent\/apps\/(\d+)\/?$/.exec(url.pathname)?.[1];
  if (id === undefined) return undefined;
  const app = account.apps.get(Number(id));
  if (!app?.enabled) return { ...page(account, 'No such app', html`<h1>No such app</h1><p>It is not installed, or not enabled.</p>`), status: 404 };
  const people = peopleOf(account);
  const user = account.users.get(Number(url.searchParams.get('as'))) ?? people.find(({ role }) => role === 'admin') ?? people[0];
  if (!user) throw new Error('The account has no agents.');
  return appPage(account, app, user);
}

/**
 * An app in its frame. With signed URLs the frame is not loaded but posted to: a form, which a script sends off as soon as it is there. The frame may do what
 * the vendor's may, and may not lead the whole page elsewhere.
 */
function appPage(account: Account, app: InstalledApp, user: User): Answer {
  const target = frameUrl(account, app);
  if (!target) return page(account, app.title, html`<h1>${app.title}</h1><p>The app’s page is a file of its own, which is not simulated.</p>`);
  const nonce = randomBytes(12).toString('base64url');
  const signed = app.package.manifest.signedUrls;
  const name = `app-${app.installationId}`;
  const sandbox = 'allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-downloads allow-modals';
  const content = html`<div class="app">
    <form method="get" aria-label="Who opens it"><div class="row">
      <label>Signed in as <select name="as">${peopleOf(account).map((one) => html`<option value="${one.id}"${one.id === user.id ? trusted(' selected') : null}>${one.name} (${one.role})</option>`)}</select></label>
      <p class="actions" style="align-self:end"><button class="quiet">Open as</button></p>
    </div></form>
    <iframe name="${name}" title="${app.title}" sandbox="${sandbox}"${signed ? null : html` src="${target.href}"`}></iframe>
    ${
      signed
        ? html`<form id="launch" method="post" action="${target.href}" target="${name}"><input type="hidden" name="token" value="${signToken(claimsOf(account, app, user), app.key)}"><noscript><button>Open ${app.title}</button></noscript></form>
    <script nonce="${nonce}">document.getElementById('launch').submit()</script>`
        : null
    }
  </div>`;
  return page(account, app.title, content, `script-src 'nonce-${nonce}'; frame-src ${target.origin}`);
}

async function upload(account: Account, form: FormData): Promise<Answer> {
  const file = form.get('file');
  const title = form.get('title');
  try {
    if (!file || typeof file === 'string' || file.size === 0) throw new PackageRefused(['Choose a zip file.']);
    installApp(account, Buffer.from(await file.arrayBuffer()), typeof title === 'string' ? title : undefined);
    return { status: 303, headers: { location: '/agent/admin/apps' } };
  } catch (error) {
    if (!(error instanceof PackageRefused)) throw error;
    return { ...adminPage(account, error.problems), status: 422 };
  }
}

function adminPage(account: Account, problems: string[]): Answer {
  const apps = [...account.apps.values()];
  return page(
    account,
    'Support apps',
    html`<h1>Support apps</h1>
    ${problems.length > 0 ? html`<div class="card" role="alert"><strong>Not installed.</strong><ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>` : null}
    <section class="card">
      ${apps.length === 0 ? html`<p>No apps yet.</p>` : html`<ul class="list">${apps.map((app) => html`<li><a href="/agent/apps/${app.installationId}">${app.title}</a><p class="facts"><span>version ${app.package.manifest.version ?? 'unknown'}</span><span>by ${app.package.manifest.author.name ?? 'nobody'}</span><span>installation ${app.installationId}</span></p></li>`)}</ul>`}
    </section>
    <h2 id="upload">Upload private app</h2>
    <form class="card" method="post" action="/agent/admin/apps" enctype="multipart/form-data" aria-labelledby="upload">
      <label>App name <input name="title" required></label>
      <label>App file <input type="file" name="file" accept=".zip" required></label>
      <p class="actions"><button>Upload and install</button></p>
    </form>`,
  );
}
