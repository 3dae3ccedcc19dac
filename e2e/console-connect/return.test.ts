import { describe, expect, test } from 'vitest';
import { found } from './answers.ts';
import { fails, toTheEnd } from './scenes.ts';
import { stage } from './stage.ts';
import { connection, progress } from './world.ts';

const { world, open } = await stage();

describe('back at the initiator', () => {
  test('the connection is finished, the first entity crosses while one watches, and what is not there yet says so', async () => {
    let reached = 1;
    world.set({
      finish: async () => ({ outcome: 'active', connection: connection('acme-globex') }),
      connection: async () => connection('acme-globex'),
      sync: async () => progress(1),
      twin: async () => progress(reached).twin,
      progress: async () => progress(reached),
    });
    const { page, context, errors } = await open();
    await page.goto(`${world.url}/connect/return?state=abc&code=123`);
    await page.getByRole('heading', { name: 'The connection has been set up.' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sync your first entity' }).waitFor();
    await page.getByLabel('URN or address of the entity').fill('4711');
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    await expect.poll(() => page.locator('[data-stage][data-state=done]').count()).toBe(1);
    for (reached = 2; reached < 5; reached++) {
      world.changed('t1');
      await expect.poll(() => page.locator('[data-stage][data-state=done]').count()).toBe(reached);
    }
    world.changed('t1');
    await page.getByTestId('sync-status').getByText('In sync since').waitFor();
    expect(await page.locator('.stage-ms').allTextContents()).toEqual(['40 ms', '125 ms', '210 ms', '295 ms', '380 ms']);
    expect(await page.getByRole('link', { name: /acme\/4711/ }).getAttribute('href')).toBe('https://acme.zendesk.example/agent/tickets/4711');
    expect(await page.getByRole('link', { name: /globex\/88/ }).getAttribute('href')).toBe('https://redmine.globex.example/issues/88');
    expect(await page.getByText('Not in this version yet').count()).toBe(4);
    await page.getByRole('link', { name: 'Let it run' }).click();
    await page.waitForURL('**/connections/acme-globex');
    expect(errors).toEqual([]);
    await context.close();
  });

  test.each([
    ['refused', 'The other side refused'],
    ['expired', 'The request has expired'],
  ] as const)('a request that was %s leads back to the answers, which are kept', async (outcome, title) => {
    world.set({ lookUp: async () => found(), finish: async () => ({ outcome, connection: null }) });
    const { page, context } = await open();
    await toTheEnd(page, world);
    await page.getByText('Yes, I have admin access').click();
    await page.goto(`${world.url}/connect/return?state=abc&error=${outcome}`);
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('link', { name: 'Try again with the same answers' }).click();
    expect(await page.getByLabel('Destination instance URL').inputValue()).toBe('redmine.globex.example');
    await context.close();
  });

  test('an answer that is lost on the way is asked for again by itself', async () => {
    let asked = 0;
    world.set({
      finish: async () => {
        asked++;
        if (asked === 1) return fails('peer-unavailable')();
        return { outcome: 'active', connection: connection('acme-globex') };
      },
      connection: async () => connection('acme-globex'),
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/return?state=abc&code=123`);
    await page.getByRole('alert').getByText('peer-unavailable').waitFor();
    await page.getByRole('heading', { name: 'The connection has been set up.' }).waitFor({ timeout: 20_000 });
    await context.close();
  });

  test('an address that was cut off says where to go on', async () => {
    const { page, context } = await open();
    await page.goto(`${world.url}/connect/return`);
    await page.getByText('This address is not complete.').waitFor();
    await context.close();
  });
});
