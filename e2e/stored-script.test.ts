import { afterAll, expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';
import { launchBrowser } from './browser.ts';

const { node, acme, globex, call, settings } = await testDesk({ console: true });
const browser = await launchBrowser();
afterAll(() => browser.close());

const MARK = 'window.ran = true';
const HOSTILE = [`<img src=x onerror="${MARK}">`, `<script>${MARK}</script>`, `"><svg onload="${MARK}">`, `<a href="javascript:${MARK}">here</a>`].join(' ');

test('script in a ticket stays text, in the console and in the other tracker', async () => {
  const owner = { name: `Ada ${HOSTILE.slice(0, 40)}`, email: 'ada@acme.test', password: 'correct horse battery' };
  for (const [slug, sim] of [
    ['acme', acme],
    ['globex', globex],
  ] as const)
    await call('POST', '/instances', { slug, platform: 'zendesk', name: `${slug} <b onclick="${MARK}">x</b>`, settings: settings(sim) });
  const made = await call<{ slug: string }>('POST', '/connections', {
    mode: 'basic',
    name: `Bad ${HOSTILE}`.slice(0, 120),
    description: HOSTILE,
    from: { instance: 'acme' },
    to: { instance: 'globex' },
    internalCommentsBecomePublic: true,
  });
  expect(made.status).toBe(201);
  const ticket = acme.control.createTicket({ subject: HOSTILE, comment: { html_body: `<p>${HOSTILE}</p>` } }) as { id: number };
  const upload = await fetch(`${acme.url}/api/v2/uploads.json?filename=${encodeURIComponent(`"><svg onload=${MARK}>.html`)}`, {
    method: 'POST',
    headers: {
      'content-type': 'text/html',
      authorization: `Basic ${Buffer.from(`${acme.credentials.email}/token:${acme.credentials.token}`).toString('base64')}`,
    },
    body: `<script>${MARK}</script>`,
  });
  const { upload: stored } = (await upload.json()) as { upload: { token: string } };
  acme.control.updateTicket(ticket.id, { comment: { body: `Look: ${HOSTILE}`, uploads: [stored.token] } });
  const synced = await call<{ twin: { id: string; status: { state: string }; to: { url: string } } }>('POST', `/connections/${made.body.slug}/sync`, {
    urn: `acme/${ticket.id}`,
    wait: true,
  });
  expect(synced.body.twin.status.state).toMatch(/in-sync|differs/);

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.request.post(`${node.url}/api/auth/sign-up/email`, { data: owner, headers: { origin: node.url } });
  const page = await context.newPage();
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const ran = () => page.evaluate('window.ran === true');
  for (const route of ['/connections', `/connections/${made.body.slug}`, '/entities', '/errors', '/audit', '/dashboard', `/entities/${synced.body.twin.id}`]) {
    await page.goto(`${node.url}${route}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => {});
    expect([route, await ran()]).toEqual([route, false]);
  }
  // Its words are there, as words.
  await page.getByText('onerror').first().waitFor();
  for (const run of await page.getByRole('button', { name: /Found|Wrote/ }).all()) await run.click();
  expect(await ran()).toBe(false);
  expect(await page.locator('main img[src="x"], main svg[onload], main script').count()).toBe(0);

  await page.goto(synced.body.twin.to.url);
  await page.getByText('onerror').first().waitFor();
  expect(await ran()).toBe(false);
  expect(await page.locator('main img[src="x"], main svg[onload], main a[href^="javascript:"]').count()).toBe(0);

  // Should something get into the page all the same, the policy does not let it run.
  await page.goto(`${node.url}/connections`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(HOSTILE)})`);
  await page.locator('body > img[src="x"]').waitFor({ state: 'attached' });
  await page.waitForTimeout(500);
  expect(await ran()).toBe(false);
  expect(dialogs).toEqual([]);
  await context.close();
});
