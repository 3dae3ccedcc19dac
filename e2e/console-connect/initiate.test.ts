import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { InitiateView } from '../../src/server/operations.ts';
import { BRANDS, consent, found, invitation } from './answers.ts';
import { enterUrl, fails, toTheEnd } from './scenes.ts';
import { stage } from './stage.ts';
import { instance, pending } from './world.ts';

const { world, open } = await stage();

describe('initiating a connection', () => {
  const initiated = (path: 'admin' | 'invitation'): InitiateView => ({
    connection: pending('acme-globex', path),
    redirect: path === 'admin' ? `${world.url}/connect/p1` : null,
    invitation: path === 'invitation' ? invitation() : null,
  });

  test('scopes that are told late are a question of their own: choosing one does not answer it before Next is pressed', async () => {
    let tell = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    world.set({
      lookUp: async () => found(),
      async scopes() {
        await told;
        return BRANDS;
      },
    });
    const { page, context, errors } = await open();
    await page.goto(`${world.url}/connections/initiate`);
    await page.getByLabel('Destination instance URL').fill('https://redmine.globex.example');
    await page.getByTestId('found').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Do you have admin access to the destination instance?' }).waitFor();
    tell();
    await page.getByRole('heading', { name: 'Which brand of Acme Support?' }).waitFor();
    await page.getByText(BRANDS[1]?.name ?? '', { exact: true }).click();
    await page.locator('input[type=radio]:checked').waitFor();
    await page.getByRole('button', { name: 'Next' }).click({ timeout: 5000 });
    await page.getByRole('heading', { name: 'Do you have admin access to the destination instance?' }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test('from the keyboard alone, to the other side’s page', async () => {
    const sent: unknown[] = [];
    world.set({
      lookUp: async () => found(),
      scopes: async () => BRANDS,
      initiate: async (input) => {
        sent.push(input);
        return initiated('admin');
      },
      consent: async () => consent(),
    });
    const { page, context, errors } = await open();
    await page.goto(`${world.url}/connections`);
    await page.getByRole('link', { name: 'Initiate connection' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Destination instance URL').waitFor();
    expect(await page.evaluate('document.activeElement.labels?.[0]?.textContent')).toBe('Destination instance URL');
    await page.keyboard.type('https://redmine.globex.example');
    await page.getByTestId('found').waitFor();
    expect(await page.getByTestId('found').textContent()).toContain('Redmine · another node sync.globex.example, version 0.4.0 · Basic available');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.value')).toBe('basic');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Which brand of Acme Support?' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Do you have admin access to the destination instance?' }).waitFor();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.type')).toBe('checkbox');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/connect/p1');
    expect(sent).toEqual([
      {
        instance: 'acme',
        scope: '2',
        url: 'https://redmine.globex.example',
        mode: 'basic',
        name: 'Acme Support ↔ Globex Engineering',
        internalCommentsBecomePublic: true,
        path: 'admin',
      },
    ]);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('the browser’s Back from the other side does not make a second connection', async () => {
    let made = 0;
    world.set({
      lookUp: async () => found(),
      initiate: async () => {
        made++;
        return initiated('admin');
      },
      consent: async () => consent(),
      connection: async () => pending('acme-globex', 'admin'),
      resume: async () => ({ redirect: `${world.url}/connect/p1` }),
    });
    const { page, context } = await open();
    await toTheEnd(page, world);
    await page.getByText('Yes, I have admin access').click();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Initiate the connection' }).click();
    await page.waitForURL('**/connect/p1');
    await page.goBack();
    await page.getByRole('heading', { name: 'Acme Support ↔ Globex Engineering waits for the other side' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL('**/connect/p1');
    expect(made).toBe(1);
    await context.close();
  });

  test('neither Back nor loading the page again loses an answer', async () => {
    world.set({ lookUp: async () => found(), scopes: async () => BRANDS });
    const { page, context } = await open();
    await toTheEnd(page, world);
    await page.getByText('Acme Outdoor').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('No, I don’t have admin access').click();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.reload();
    await page.getByRole('heading', { name: 'Do you have admin access to the destination instance?' }).waitFor();
    expect(await page.getByRole('radio', { name: 'No, I don’t have admin access' }).isChecked()).toBe(true);
    expect(await page.getByRole('checkbox', { name: /I understand/ }).isChecked()).toBe(true);
    await page.goBack();
    await page.getByRole('heading', { name: 'Which brand of Acme Support?' }).waitFor();
    expect(await page.getByRole('radio', { name: 'Acme Outdoor' }).isChecked()).toBe(true);
    await page.goBack();
    expect(await page.getByLabel('Destination instance URL').inputValue()).toBe('redmine.globex.example');
    await page.getByTestId('found').waitFor();
    // Forward past what is answered already.
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Initiate the connection' }).waitFor();
    await context.close();
  });

  const REFUSALS: readonly ErrorCode[] = [
    'wrong-address',
    'own-address',
    'private-address',
    'no-node',
    'peer-unavailable',
    'several-instances',
    'takes-no-connections',
    'other-protocol',
    'tracker-unavailable',
  ];
  test.each(REFUSALS)('an address that is refused (%s) says why, and does not stand in the way of an invitation', async (code) => {
    const sent: unknown[] = [];
    world.set({
      lookUp: fails(code, `This is what happened: ${code}.`),
      initiate: async (input) => {
        sent.push(input);
        return initiated('invitation');
      },
      connection: async () => pending('acme-globex', 'invitation'),
      invitation: async () => invitation(),
    });
    const { page, context } = await open();
    await enterUrl(page, world);
    const alert = page.getByRole('alert');
    await alert.getByText(`This is what happened: ${code}.`).waitFor();
    await alert.getByRole('button', { name: 'Continue with an invitation code' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.getByRole('radio', { name: 'Yes, I have admin access' }).isDisabled()).toBe(true);
    await page.getByText('No, I don’t have admin access').click();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Initiate the connection' }).click();
    await page.getByRole('button', { name: 'Copy invitation code' }).waitFor();
    expect(sent).toMatchObject([{ path: 'invitation', url: code === 'wrong-address' ? null : 'redmine.globex.example' }]);
    await context.close();
  });

  test('only the last address that was typed counts', async () => {
    const asked: string[] = [];
    world.set({
      lookUp: async ({ url }) => {
        asked.push(url);
        if (url.includes('globex')) return found();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return found({ destination: { ...found().destination, name: 'The wrong one' } });
      },
    });
    const { page, context } = await open();
    await enterUrl(page, world, 'slow.example');
    await expect.poll(() => asked).toEqual(['slow.example']);
    await page.getByLabel('Destination instance URL').fill('redmine.globex.example');
    await page.getByTestId('found').getByText('Globex Engineering', { exact: true }).waitFor();
    await page.waitForTimeout(1600);
    expect(await page.getByText('The wrong one').count()).toBe(0);
    await context.close();
  });

  const FAILURES: readonly (readonly [ErrorCode, string | null])[] = [
    ['name-taken', 'Change the name'],
    ['unknown-scope', 'Choose where entities are created'],
    ['no-node', 'Change the URL'],
    ['peer-unavailable', null],
    ['not-allowed', null],
  ];
  test.each(FAILURES)('when it cannot be made (%s), the page says why and leads to the answer', async (code, way) => {
    world.set({ lookUp: async () => found(), scopes: async () => BRANDS, initiate: fails(code) });
    const { page, context } = await open();
    await toTheEnd(page, world);
    await page.getByText('Acme Outdoor').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Yes, I have admin access').click();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Initiate the connection' }).click();
    await page.getByRole('alert').getByText(code).waitFor();
    if (way) {
      await page.getByRole('button', { name: way }).click();
      await page.getByRole('heading', { name: /What shall it be called|Which brand|Which instance do you want/ }).waitFor();
    }
    await context.close();
  });

  test('with several instances of one’s own, the wizard asks which one', async () => {
    world.set({
      instances: async () => [instance('acme', 'Acme Support'), instance('acme-it', 'Acme IT'), instance('other', 'Somebody else’s', { role: 'viewer' })],
      node: async () => ({
        id: 'n1',
        version: '0.4.0',
        url: 'https://sync.acme.example',
        fingerprint: '7f3a 11c0',
        guard: null,
        user: {
          name: 'Ada',
          email: 'ada@acme.example',
          operator: false,
          instances: [
            { slug: 'acme', role: 'admin' },
            { slug: 'acme-it', role: 'admin' },
            { slug: 'other', role: 'viewer' },
          ],
          confinedTo: null,
        },
      }),
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connections/initiate`);
    await page.getByRole('heading', { name: 'Which of your instances is it for?' }).waitFor();
    expect(await page.getByRole('radio').count()).toBe(2);
    await page.getByText('Acme IT', { exact: true }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Destination instance URL').waitFor();
    await page.getByRole('button', { name: 'Edit: Your side' }).click();
    expect(await page.getByRole('radio', { name: 'Acme IT' }).isChecked()).toBe(true);
    await context.close();
  });
});
