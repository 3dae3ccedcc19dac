import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
if (!executablePath) console.warn('The agent page is not tried in a browser: no Chromium found (set CHROMIUM to its path).');

let sim: ZendeskSim;
beforeAll(async () => {
  sim = await startZendesk({ seed: 'support', limits: 'off' });
});
afterAll(() => sim.stop());

const post = (path: string, form: Record<string, string>) =>
  fetch(`${sim.url}${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) });

test('an unknown ticket says so, and a ticket that cannot be changed says why', async () => {
  const missing = await fetch(`${sim.url}/agent/tickets/999`);
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain('Ticket 999 does not exist');
  await post('/agent/tickets/10/edit', { subject: 'Closed', type: 'question', priority: '', status: 'closed' });
  const refused = await post('/agent/tickets/10/edit', { subject: 'Again', type: '', priority: '', status: 'open' });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('closed prevents ticket update');
  expect(await (await post('/agent/tickets/1/comment', { body: ' ' })).text()).toContain('Write a comment or choose a file');
});

test('a subject with markup is shown as text', async () => {
  const { id } = sim.control.createTicket({ subject: '<img src=x onerror=alert(1)>', comment: { body: 'x' } });
  const page = await (await fetch(`${sim.url}/agent/tickets/${id}`)).text();
  expect(page).not.toContain('<img src=x');
  sim.control.deleteTicket(id);
});

describe.skipIf(!executablePath)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ];
    browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open<T>(path: string, look: { width?: number; dark?: boolean }, use: (page: Page) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ viewport: { width: look.width ?? 1280, height: 900 }, colorScheme: look.dark ? 'dark' : 'light' });
    const page = await context.newPage();
    try {
      await page.goto(`${sim.url}${path}`);
      return await use(page);
    } finally {
      await context.close();
    }
  }

  test('every page is free of axe violations and needs no sideways scrolling, in light and dark, at 390 and 1280 pixels', async () => {
    const consent = '/oauth/authorizations/new?response_type=code&client_id=entente&scope=read+write';
    for (const path of ['/agent', '/agent/tickets/1', '/agent/tickets/2', '/agent/tickets/5', '/agent/tickets/999', '/agent/admin/apps', consent]) {
      for (const look of [{ width: 390 }, { width: 1280, dark: true }]) {
        await open(path, look, async (page) => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map((violation) => `${path} ${JSON.stringify(look)}: ${violation.id} ${violation.nodes[0]?.html}`)).toEqual([]);
          const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect(overflow, `${path} at ${look.width}`).toBe(0);
        });
      }
    }
  }, 120_000);

  test('images are loaded from the other origin, and internal notes are marked in words', async () => {
    await open('/agent/tickets/1', {}, async (page) => {
      const image = page.getByRole('img', { name: 'A red box over the payment form' });
      await expect.poll(() => image.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth)).toBe(160);
      expect(await page.locator('article.note').textContent()).toContain('Internal note');
      expect(await page.locator('article.public').first().textContent()).not.toContain('Internal note');
    });
  }, 60_000);

  test('a person replies with a file, writes a note, changes the fields and deletes the ticket', async () => {
    const { id } = sim.control.createTicket({ subject: 'By hand', comment: { body: 'Please look' } }, 'nora@acme.example');
    await open(`/agent/tickets/${id}`, { width: 390 }, async (page) => {
      await page.getByLabel('Comment', { exact: true }).fill('Here is the <b>log</b>');
      await page.getByLabel('File').setInputFiles({ name: 'trace.txt', mimeType: 'text/plain', buffer: Buffer.from('trace') });
      await page.getByRole('button', { name: 'Add comment' }).click();
      await page.getByRole('link', { name: 'trace.txt' }).waitFor();
      await page.getByLabel('Internal note').check();
      await page.getByLabel('Comment', { exact: true }).fill('Only for us');
      await page.getByRole('button', { name: 'Add comment' }).click();
      await page.locator('article.note').waitFor();
      await page.getByLabel('Subject').fill('Renamed by hand');
      await page.getByLabel('Type').selectOption('task');
      await page.getByLabel('Status').selectOption('pending');
      await page.getByRole('button', { name: 'Save fields' }).click();
      await page.getByRole('heading', { name: 'Renamed by hand' }).waitFor();
      const ticket = sim.control.tickets().find((one) => one.id === id);
      expect(ticket).toMatchObject({ subject: 'Renamed by hand', type: 'task', status: 'pending' });
      const [, reply, note] = sim.control.comments(id);
      expect(reply).toMatchObject({ public: true, attachments: [{ file_name: 'trace.txt', content_type: 'text/plain', size: 5 }] });
      expect(reply?.html_body).toContain('&#60;b&#62;log');
      expect(note?.public).toBe(false);
      await page.getByRole('button', { name: 'Delete ticket' }).click();
      await page.getByRole('heading', { name: 'Tickets', exact: true }).waitFor();
      expect(sim.control.tickets().some((one) => one.id === id)).toBe(false);
    });
  }, 60_000);

  test('a person creates a ticket from the list', async () => {
    await open('/agent', {}, async (page) => {
      await page.getByLabel('Subject').fill('From the form');
      await page.getByLabel('Description').fill('Two\nlines');
      await page.getByRole('button', { name: 'Create ticket' }).click();
      await page.getByRole('heading', { name: 'From the form' }).waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/agent\/tickets\/\d+$/);
    });
  }, 60_000);
});
