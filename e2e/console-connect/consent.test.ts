import { describe, expect, test } from 'vitest';
import { BRANDS, check, consent, proposal } from './answers.ts';
import { fails } from './scenes.ts';
import { stage } from './stage.ts';
import { ago, instance } from './world.ts';

const { world, open } = await stage();

describe('the destination’s page', () => {
  const back = () => `${world.url}/connections?back`;

  test('asks for a sign-in first, and goes on after it', async () => {
    world.set({ consent: async () => consent() });
    world.signIn(false);
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('heading', { name: 'Sign in to Entente' }).waitFor();
    world.signIn(true);
    await page.reload();
    await page.getByRole('heading', { name: 'Globex Engineering asks to connect with Acme Support' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/connect/p1');
    await context.close();
  });

  test('verifies and confirms in one step where there is no scope to choose', async () => {
    const confirmed: unknown[] = [];
    world.set({
      consent: async () => consent(),
      verifyConsent: async () => ({ consent: consent({ verifiedUntil: ago(-1), scopes: [] }), check: check() }),
      confirmConsent: async (_, input) => {
        confirmed.push(input);
        return { redirect: back() };
      },
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('button', { name: 'Verify access and confirm' }).click();
    await page.getByText('Tick this to go on.').waitFor();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Verify access and confirm' }).click();
    await page.waitForURL('**/connections?back');
    expect(confirmed).toEqual([{ internalCommentsBecomePublic: true }]);
    await context.close();
  });

  test('verifies, asks for the scope, and proves access again when reading took longer than a minute', async () => {
    let verified = 0;
    const confirmed: unknown[] = [];
    world.set({
      scopes: async () => BRANDS,
      consent: async () => consent(),
      verifyConsent: async () => {
        verified++;
        return { consent: consent({ verifiedUntil: verified === 1 ? ago(1) : ago(-1), scopes: BRANDS }), check: check() };
      },
      confirmConsent: async (_, input) => {
        confirmed.push(input);
        return { redirect: back() };
      },
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('button', { name: 'Verify access', exact: true }).click();
    await page.getByText('Access to Acme Support is verified').waitFor();
    expect(await page.getByRole('button', { name: 'Confirm' }).isDisabled()).toBe(true);
    await page.getByText('Acme Outdoor').click();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForURL('**/connections?back');
    expect({ verified, confirmed }).toEqual({ verified: 2, confirmed: [{ scope: '2', internalCommentsBecomePublic: true }] });
    await context.close();
  });

  test('of a local connection does not offer the scope that asks', async () => {
    const confirmed: unknown[] = [];
    const local = () =>
      consent({
        proposal: proposal({ from: { ...proposal().from, name: 'Acme Support', slug: 'acme', scope: BRANDS[0] ?? null, node: null } }),
        instance: instance('acme', 'Acme Support'),
      });
    world.set({
      scopes: async () => [...BRANDS, { id: '3', name: 'Acme Kids' }],
      consent: async () => local(),
      verifyConsent: async () => ({ consent: { ...local(), verifiedUntil: ago(-1), scopes: [...BRANDS, { id: '3', name: 'Acme Kids' }] }, check: check() }),
      confirmConsent: async (_, input) => {
        confirmed.push(input);
        return { redirect: back() };
      },
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('heading', { name: 'Grace Globex asks to connect two brands of Acme Support' }).waitFor();
    await page.getByText('in the one can read what was internal in the other').waitFor();
    await page.getByRole('button', { name: 'Verify access', exact: true }).click();
    await page.getByRole('radio', { name: 'Acme Kids' }).waitFor();
    expect(await page.getByRole('radio').count()).toBe(2);
    await context.close();
  });

  test('shows what the tracker does not let Entente do, before anything is confirmed', async () => {
    world.set({
      consent: async () => consent(),
      verifyConsent: async () => ({
        consent: consent({ verifiedUntil: ago(-1) }),
        check: check([{ permission: 'Delete tickets', consequence: 'a deleted ticket stays.' }]),
      }),
      confirmConsent: async () => ({ redirect: back() }),
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Verify access and confirm' }).click();
    await page.getByText('Delete tickets: a deleted ticket stays.').waitFor();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForURL('**/connections?back');
    await context.close();
  });

  test('refuses after a question, and goes back', async () => {
    world.set({ consent: async () => consent(), refuseConsent: async () => ({ redirect: back() }) });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await page.waitForURL('**/connections?back');
    await context.close();
  });

  const STATES = [
    ['confirmed', 'This connection is confirmed'],
    ['refused', 'This request was refused'],
    ['expired', 'This request has expired'],
    ['cancelled', 'This request was cancelled'],
  ] as const;
  test.each(STATES)('that is %s says so, and has nothing to press but the way on', async (state, title) => {
    world.set({ consent: async () => consent({ state, redirect: back() }) });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('heading', { name: title }).waitFor();
    expect(await page.getByRole('button', { name: /Confirm|Verify|Refuse/ }).count()).toBe(0);
    await context.close();
  });

  test.each(['tracker-auth', 'tracker-unavailable', 'request-over'] as const)('says why access could not be verified (%s)', async (code) => {
    world.set({ consent: async () => consent(), verifyConsent: fails(code) });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/p1`);
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Verify access and confirm' }).click();
    await page.getByRole('alert').getByText(code).waitFor();
    await context.close();
  });
});
