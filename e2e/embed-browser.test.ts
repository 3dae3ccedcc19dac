import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';
import { launchBrowser } from './browser.ts';

const { node, acme, globex, call, settings, token } = await testDesk({ seeded: true, console: true });
// A browser that gives pages in frames no cookies of other sites, except those that are kept to the page around them.
const browser: Browser = await launchBrowser(['--test-third-party-cookie-phaseout']);
const APP = 'iframe[title="Entente"]';
let elsewhere = '';

beforeAll(async () => {
  for (const [slug, name, sim] of [
    ['acme', 'Acme Support', acme],
    ['globex', 'Globex Engineering', globex],
  ] as const) {
    expect((await call('POST', '/instances', { slug, name, platform: 'zendesk', settings: settings(sim) })).status).toBe(201);
    const response = await fetch(`${node.url}/api/v1/instances/${slug}/app`, { headers: { authorization: `Bearer ${token}` } });
    sim.control.installApp(Buffer.from(await response.arrayBuffer()).toString('base64'), 'Entente');
  }
  // A site of somebody else, which would like to hold the console in a frame.
  const server = createServer((request, response) => {
    const framed = new URL(request.url ?? '/', 'http://x').searchParams.get('frame') ?? '';
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Elsewhere</title><iframe title="Entente" src="${framed}"></iframe>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(() => server.close());
});
afterAll(() => browser.close());

/** A new person at a browser of their own opens the app by its icon. */
async function opens(sim: typeof acme, as?: string): Promise<{ page: Page; frame: FrameLocator; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  afterAll(() => context.close());
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${sim.url}/agent`);
  await page.getByRole('navigation', { name: 'Apps' }).getByRole('link', { name: 'Entente' }).click();
  if (as) {
    await page.getByLabel('Signed in as').selectOption({ label: as });
    await page.getByRole('button', { name: 'Open as' }).click();
  }
  return { page, frame: page.frameLocator(APP), errors };
}

test('an administrator clicks the icon in the list of apps, and the console is there, signed in as them, for this instance alone', async () => {
  const { page, frame, errors } = await opens(acme);
  await frame.getByRole('link', { name: 'Connections', exact: true }).click();
  await frame.getByRole('heading', { name: 'No connection yet' }).waitFor();
  // Kept up to date by the node, from a page of another site.
  await frame.getByRole('status').getByText('Live').waitFor();
  await frame.getByRole('link', { name: 'Settings' }).click();
  await frame.getByText(`${node.url}/acme`).waitFor();
  expect(await frame.getByText('Globex Engineering').count()).toBe(0);
  // Sites: the tracker's page is at 127.0.0.1, the frame at localhost.
  const inside = page.frames().find((it) => it.url().includes('/embed/'));
  expect(new URL(inside?.url() ?? '').pathname).toBe('/embed/acme/instances/acme/settings');
  expect([new URL(page.url()).hostname, new URL(inside?.url() ?? '').hostname]).toEqual(['127.0.0.1', 'localhost']);
  expect(errors).toEqual([]);
  await page.screenshot({ path: 'test-results/embed-settings.png' });
});

test('the frame can be loaded again, and the app opened again and again', async () => {
  const { page, frame } = await opens(acme);
  await frame.getByRole('link', { name: 'Entities', exact: true }).click();
  await frame.getByRole('heading', { name: 'Entities' }).first().waitFor();
  const inside = page.frames().find((it) => it.url().includes('/embed/'));
  await inside?.goto(inside.url());
  await frame.getByRole('heading', { name: 'Entities' }).first().waitFor();
  await page.reload();
  await frame.getByRole('link', { name: 'Connections', exact: true }).waitFor();
});

test('an agent who is no admin reads why they cannot come in, and whom to ask', async () => {
  const { page, frame } = await opens(acme, 'Nora Agent (agent)');
  await frame.getByRole('heading', { name: 'Nora Agent, you are signed in to Zendesk, but not an admin of Acme Support here.' }).waitFor();
  await frame.getByText('Ask one of them to add you under Members').waitFor();
  await page.screenshot({ path: 'test-results/embed-refused.png' });
});

test('a frame of this tracker knows nothing of another session in the same browser, and gives none to its pages', async () => {
  const { page } = await opens(acme);
  await page.frameLocator(APP).getByRole('link', { name: 'Connections', exact: true }).waitFor();
  for (const origin of [node.url, node.url.replace('127.0.0.1', 'localhost')]) {
    const tab = await page.context().newPage();
    await tab.goto(`${origin}/connections`);
    await tab.getByRole('heading', { name: 'Set up this node' }).waitFor();
    await tab.close();
  }
});

test('nobody but the tracker of the instance can hold the console in a frame', async () => {
  const { page } = await opens(acme);
  await page.frameLocator(APP).getByRole('link', { name: 'Connections', exact: true }).waitFor();
  const local = node.url.replace('127.0.0.1', 'localhost');
  for (const [holder, framed] of [
    [elsewhere, `${local}/embed/acme/`],
    [elsewhere.replace('127.0.0.1', 'localhost'), `${local}/embed/acme/`],
    [elsewhere, `${node.url}/connections`],
  ] as const) {
    const tab = await page.context().newPage();
    const refused = tab.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
    await tab.goto(`${holder}/?frame=${encodeURIComponent(framed)}`);
    expect((await refused).text()).toMatch(/violates the following Content Security Policy directive/);
    await tab.close();
  }
});

test('between two scopes of one instance everything happens in the frame, and links to tickets open in a tab of their own', async () => {
  const { page, frame } = await opens(globex);
  await frame.getByRole('link', { name: 'Connections', exact: true }).click();
  await frame
    .getByRole('link', { name: 'Initiate connection' })
    .or(frame.getByRole('button', { name: 'Initiate connection' }))
    .first()
    .click();
  await frame.getByLabel('Destination instance URL').fill(globex.url);
  await frame.getByTestId('found').waitFor();
  await frame
    .locator('label')
    .filter({ hasText: /^Basic$/ })
    .click();
  await frame.getByRole('button', { name: 'Next' }).click();
  await frame
    .locator('label')
    .filter({ hasText: /^Globex Engineering$/ })
    .click();
  await frame.getByRole('button', { name: 'Next' }).click();
  await frame
    .locator('label')
    .filter({ hasText: /^Yes, I have admin access$/ })
    .click();
  await frame.getByRole('checkbox', { name: /I understand that internal comments arrive as public/ }).check();
  await frame.getByRole('button', { name: 'Initiate the connection' }).click();
  await frame.getByRole('heading', { name: /asks to connect two brands/ }).waitFor();
  await frame.getByRole('checkbox', { name: /I understand that internal comments arrive as public/ }).check();
  await frame.getByRole('button', { name: 'Verify access and confirm', exact: true }).click();
  await frame.getByRole('heading', { name: 'The connection has been set up.' }).waitFor();
  await frame.getByLabel(/URN/).last().fill('1');
  await frame.getByRole('button', { name: 'Sync', exact: true }).click();
  await frame.getByText('In sync').first().waitFor({ timeout: 40_000 });
  const link = frame.locator('a[href*="/agent/tickets/"]').first();
  expect(await link.getAttribute('target')).toBe('_blank');
  const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
  await tab.waitForURL(`${globex.url}/agent/tickets/*`);
  expect(page.context().pages()).toHaveLength(2);
});
