import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';
import { launchBrowser } from './browser.ts';
import { inspect, open } from './console-page.ts';

const { node, acme, globex, call, settings } = await testDesk({ seeded: true, console: true });
const browser = await launchBrowser();
afterAll(() => browser.close());

const ada = { name: 'Ada Operator', email: 'ada@acme.example', password: 'correct horse battery' };
const grace = { name: 'Grace Admin', email: 'grace@acme.example', password: 'staple battery horse' };
const fresh = (): Promise<BrowserContext> => browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });

/** The first visitor sets the node up by hand; afterwards everybody signs in. */
async function signIn(person: typeof ada, context: BrowserContext): Promise<Page> {
  const { page } = await open(context);
  await page.goto(`${node.url}/dashboard`);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  return page;
}

const operator = await fresh();
const signedUp = await operator.request.post(`${node.url}/api/auth/sign-up/email`, { data: ada, headers: { origin: node.url } });
if (!signedUp.ok()) throw new Error(await signedUp.text());
await call('POST', '/instances', { slug: 'acme', platform: 'zendesk', name: 'Acme Support', settings: settings(acme) });
await call('POST', '/instances', { slug: 'globex', platform: 'zendesk', name: 'Globex Engineering', settings: settings(globex) });
let address = '';
const team = await fresh();

test('an owner adds somebody without an account, and hands the address over', async () => {
  const { page, errors } = await open(operator);
  await page.goto(`${node.url}/instances/acme/members`);
  await page.getByText('Nobody yet').waitFor();
  await inspect(page, 'people-nobody');
  await page.getByLabel('E-mail').fill(grace.email);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('and is shown only now').waitFor();
  address = (await page.locator('.copyable').textContent()) ?? '';
  expect(address).toMatch(/\/join\/[\w-]{20,}$/);
  await page.getByText('Has not joined yet').waitFor();
  await inspect(page, 'people-added');
  await page.reload();
  await page.getByText('Has not joined yet').waitFor();
  expect(await page.getByText(address).count()).toBe(0);
  expect(errors).toEqual([]);
  await page.close();
});

test('the address opens once: a name and a password, and one is in, seeing this instance and no other', async () => {
  const { page, errors } = await open(team);
  await page.goto(address);
  await page.getByRole('heading', { name: 'Join Acme Support' }).waitFor();
  await page.getByLabel('Your name').fill(grace.name);
  await page.getByRole('textbox', { name: 'Password' }).fill(grace.password);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('heading', { name: 'No connection yet' }).waitFor();
  await page.getByRole('button', { name: 'Instance: Acme Support' }).waitFor();
  await page.goto(`${node.url}/instances`);
  await page.getByRole('link', { name: 'Acme Support' }).waitFor();
  expect(await page.getByText('Globex Engineering').count()).toBe(0);
  expect(await page.getByRole('link', { name: /Add instance|API tokens/ }).count()).toBe(0);
  expect(errors).toEqual([]);
  await page.goto(`${node.url}/instances/globex/settings`);
  await page.getByRole('alert').getByText('There is no instance named globex.').waitFor();
  await page.close();
  const stranger = await fresh();
  const again = await open(stranger, [401, 404]);
  await again.page.goto(address);
  await again.page.getByText('This address to join with is used up, or has expired.').waitFor();
  await stranger.close();
});

test('an admin changes settings but not who is a member; as a viewer there is nothing to press', async () => {
  const { page } = await open(team);
  await page.goto(`${node.url}/instances/acme/members`);
  await page.getByText('Grace Admin').waitFor();
  expect(await page.getByRole('button', { name: /Add|Remove/ }).count()).toBe(0);
  await page.goto(`${node.url}/instances/acme/settings`);
  await page.getByRole('radio', { name: 'Nobody' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  const owner = await open(operator);
  await owner.page.goto(`${node.url}/instances/acme/members`);
  await owner.page.getByRole('combobox', { name: 'Role of Grace Admin' }).click();
  await owner.page.getByRole('option', { name: 'Viewer' }).click();
  await expect.poll(() => owner.page.getByRole('combobox', { name: 'Role of Grace Admin' }).inputValue()).toBe('Viewer');
  await page.reload();
  await page.getByText('Node URL').waitFor();
  expect(await page.getByRole('radio', { name: 'Nobody' }).isChecked()).toBe(true);
  expect(await page.getByRole('button', { name: /Check connection|Change|Save/ }).count()).toBe(0);
  await owner.page.close();
  await page.close();
});

test('a token does what its role may, until it is ended', async () => {
  const { page } = await open(operator);
  await page.goto(`${node.url}/tokens`);
  await page.getByLabel('Name').fill('nightly report');
  await page.getByRole('combobox', { name: 'For' }).click();
  await page.getByRole('option', { name: 'Acme Support' }).click();
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByText('it is shown only this once').waitFor();
  const token = (await page.locator('.copyable').textContent()) ?? '';
  const ask = (path: string, method = 'GET') =>
    fetch(`${node.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
  expect([await ask('/instances/acme'), await ask('/instances/globex'), await ask('/instances/acme', 'DELETE')]).toEqual([200, 404, 403]);
  await page.getByRole('button', { name: 'End the token nightly report' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End token' }).click();
  await page.getByRole('button', { name: 'End the token nightly report' }).waitFor({ state: 'detached' });
  expect(await ask('/instances/acme')).toBe(401);
  await page.close();
});

test('a password is changed by who knows the old one', async () => {
  const { page } = await open(team, [400, 401]);
  await page.goto(`${node.url}/dashboard`);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Your account: Grace Admin' }).click();
  await page.getByText('Viewer of Acme Support').waitFor();
  await page.getByRole('textbox', { name: 'Password now' }).fill('not the password');
  await page.getByRole('textbox', { name: 'New password' }).fill('a whole new password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('alert').getByText('The password that you have now is another one.').waitFor();
  await inspect(page, 'people-password');
  await page.getByRole('textbox', { name: 'Password now' }).fill(grace.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('The new password holds from now on.').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Entente' }).waitFor();
  await page.close();
  await (await signIn({ ...grace, password: 'a whole new password' }, team)).close();
});

test('the audit says who did what, to those who may see it', async () => {
  const { page } = await open(operator);
  await page.goto(`${node.url}/audit`);
  for (const sentence of [
    'grace@acme.example was made an admin of Acme Support.',
    'grace@acme.example has joined.',
    'An API token named nightly report was made.',
  ])
    await page.getByText(sentence).waitFor();
  await inspect(page, 'people-audit');
  await page.close();
});

test('who is removed sees nothing any more, and an instance goes when its name is typed', async () => {
  const { page } = await open(operator);
  await page.goto(`${node.url}/instances/acme/members`);
  await page.getByRole('combobox', { name: 'Role of Grace Admin' }).waitFor();
  await page.getByRole('button', { name: 'Remove Grace Admin' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Nobody yet').waitFor();
  const other = await open(team);
  await other.page.goto(node.url);
  await other.page.getByText('You are not a member of any instance yet.').waitFor();
  await inspect(other.page, 'people-nothing');
  await page.goto(`${node.url}/instances/globex/settings`);
  await page.getByRole('button', { name: 'Remove instance' }).click();
  await page.getByLabel('Type globex to confirm').fill('globex');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove instance' }).click();
  await page.waitForURL(/\/instances$/);
  await page.getByRole('link', { name: 'Acme Support' }).waitFor();
  expect((await call('GET', '/instances/globex')).status).toBe(404);
  await page.close();
});
