import { describe, expect, test } from 'vitest';
import { stage } from './stage.ts';
import { ago, connection, globex, place } from './world.ts';

const { world, open } = await stage();

describe('the page of a connection', () => {
  test('renames it, switches it off and on, and hears what the other side does', async () => {
    let now = connection('acme-globex');
    world.set({
      connection: async () => now,
      changeConnection: async (_, patch) => {
        now = { ...now, name: patch.name ?? now.name, description: patch.description ?? now.description };
        return now;
      },
      setActive: async (_, active) => {
        const status = active ? 'active' : 'deactivated';
        now = { ...now, status, from: place('Acme Support', { state: { status, by: 'Ada Operator', at: ago(0) } }) };
        return now;
      },
    });
    const { page, context, errors } = await open();
    await page.goto(`${world.url}/connections/acme-globex`);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Bugs for Globex');
    await page.getByRole('textbox', { name: 'Description' }).fill('Ask Ada.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Bugs for Globex' }).waitFor();
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page.getByRole('img', { name: 'Acme Support and Globex Engineering: deactivated' }).waitFor();
    await page.getByText('by Ada Operator just now').waitFor();
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('img', { name: 'Acme Support and Globex Engineering: linked' }).waitFor();
    now = { ...now, status: 'deactivated', to: globex({ state: { status: 'removed', by: 'Grace Globex', at: ago(0) } }) };
    world.changed();
    await page.getByText('Grace Globex of Globex Engineering has removed the connection').waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test('removes it only for who enters its name, and offers the mapping first', async () => {
    let there = true;
    world.set({
      connection: async () => connection('acme-globex', { twins: 3 }),
      connections: async () => (there ? [connection('acme-globex', { twins: 3 })] : []),
      mapping: async () => 'from,to\nacme/1,globex/2\n',
      removeConnection: async () => {
        there = false;
      },
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connections/acme-globex?tab=settings`);
    await page.getByRole('button', { name: 'Remove connection' }).click();
    const dialog = page.getByRole('dialog');
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('link', { name: 'Download the mapping first' }).click()]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    expect(await dialog.getByRole('button', { name: 'Remove on both sides' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Acme Support ↔ Globex Engineering');
    await dialog.getByRole('button', { name: 'Remove on both sides' }).click();
    await page.getByRole('heading', { name: 'No connection yet' }).waitFor();
    await context.close();
  });

  test('offers a viewer nothing that they may not do', async () => {
    world.set({ connection: async () => connection('acme-globex', { role: 'viewer', twins: 2 }) });
    const { page, context } = await open();
    await page.goto(`${world.url}/connections/acme-globex`);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByText('You may look at this connection, but not change it.').waitFor();
    expect(await page.getByRole('button', { name: /Save|Remove|ctivate/ }).count()).toBe(0);
    await context.close();
  });
});
