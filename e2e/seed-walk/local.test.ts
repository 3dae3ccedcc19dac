import { afterAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { twoNodes } from '../two-nodes.ts';
import { arrive, signIn } from './person.ts';
import { answerAccess, beginInitiating, choose, connectionsOf, isSetUp, readsConsent, syncFirst, tick, writeTicket } from './walk.ts';

// Three brands: besides the one where it begins there is still a choice.
const { globex } = await twoNodes({ seeded: true, sims: { brands: ['Globex Engineering', 'Globex Field Ops', 'Globex Labs'] } });
const browser = await launchBrowser();
afterAll(() => browser.close());

test('If you enter the URL of your own instance, it is a local connection between two brands of it', async () => {
  const admin = await arrive(browser, 'local');
  const { page, step, look } = admin;
  await beginInitiating(
    admin,
    globex,
    { url: globex.sim.url, name: globex.name, found: /local connection/i },
    {
      scope: 'Globex Engineering',
      open: async () => {
        await page.goto(`${globex.url}/connections`);
        await signIn(admin, globex);
      },
    },
  );
  await answerAccess(admin, globex, 'Yes, I have admin access');
  await step('You are at your own instance’s consent page, signed in already; the other brand is chosen.', async () => {
    await page.getByRole('heading', { name: `asks to connect two brands of ${globex.name}` }).waitFor();
    await readsConsent(page);
    await page.getByRole('button', { name: 'Verify access', exact: true }).click();
    await page.getByText(`Access to ${globex.name} is verified`).waitFor();
    await choose(page, 'Globex Field Ops');
    await tick(page);
    await look('consent');
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  });
  await isSetUp(admin, [globex]);
  expect(await connectionsOf(globex)).toHaveLength(1);

  const before = globex.sim.control.tickets().length;
  const id = await writeTicket(globex);
  const copy = await syncFirst(admin, globex, globex, id);
  const brandOf = (ticket: number) => {
    const brand = globex.sim.control.tickets().find((one) => one.id === ticket)?.brand_id;
    return globex.sim.account.brands.find((one) => one.id === brand)?.name;
  };
  expect([brandOf(id), brandOf(copy)]).toEqual(['Globex Engineering', 'Globex Field Ops']);
  expect(globex.sim.control.tickets()).toHaveLength(before + 2);
  const answers = globex.sim.control.comments(copy);
  expect(answers.map((comment) => comment.public)).toEqual([true, true, true]);
  expect(admin.errors()).toEqual([]);
  await admin.leave();
}, 200_000);
