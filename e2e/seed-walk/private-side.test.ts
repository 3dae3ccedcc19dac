import { afterAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { twoNodes } from '../two-nodes.ts';
import { arrive, signIn } from './person.ts';
import { answerAccess, beginInitiating, connectionsOf, isSetUp, keepsItsPromises, readsConsent, syncFirst, tick, writeTicket } from './walk.ts';

// Globex stands behind a firewall: Acme's node could not call it if it tried.
const { acme, globex } = await twoNodes({ seeded: true, unreachable: 'globex' });
const browser = await launchBrowser();
afterAll(() => browser.close());

test('A side that cannot be called does all the calling: it invites, the other one accepts, and tickets and files cross both ways', async () => {
  await globex.ask('PATCH', `/instances/${globex.slug}`, { reach: 'private' });
  globex.link.record();
  const admin = await arrive(browser, 'private-side');
  await beginInitiating(
    admin,
    globex,
    { url: `${acme.url}/${acme.slug}`, name: acme.name, found: /another node/ },
    {
      scope: 'Globex Engineering',
      open: async () => {
        await admin.page.goto(`${globex.url}/connections`);
        await signIn(admin, globex);
      },
    },
  );
  await answerAccess(admin, globex, 'No, I don’t have admin access');
  const code = await admin.step('7. Click Copy invitation code.', async () => {
    await admin.page.getByRole('heading', { name: 'Invitation code' }).waitFor();
    return admin.page.getByRole('textbox', { name: 'Invitation code' }).inputValue();
  });

  const other = await arrive(browser, 'private-side-other-side');
  await other.step('9 to 14. The invitation is accepted where the private side is not reachable.', async () => {
    await other.page.goto(`${acme.url}/connections/accept`);
    await signIn(other, acme);
    await other.page.getByLabel('Invitation code').fill(code);
    await other.page.getByRole('button', { name: 'Next' }).click();
    await readsConsent(other.page);
    await other.page.getByText('cannot be called; it calls this node').waitFor();
    await other.look('review');
    await tick(other.page);
    await other.page.getByRole('button', { name: 'Confirm', exact: true }).click();
  });
  await isSetUp(other, [acme, globex]);
  await admin.step('The private side hears of it without being called.', () =>
    admin.page.getByRole('heading', { name: 'The connection has been set up.' }).waitFor(),
  );

  // From the side that can be called to the one that cannot, and with a file: the hard direction.
  const id = await writeTicket(acme);
  const copy = await syncFirst(other, acme, globex, id);
  await keepsItsPromises(other, acme, globex, id, copy);
  const [connection] = await connectionsOf(globex);
  const back = await writeTicket(globex);
  await globex.ask('POST', `/connections/${connection?.slug}/sync`, { urn: `${back}`, wait: true });
  await expect
    .poll(() => acme.sim.control.tickets().filter(({ subject }) => subject.startsWith('Checkout fails for every')).length, { timeout: 30_000 })
    .toBe(2);
  expect(globex.link.record()).toEqual([]);
  expect([...admin.errors(), ...other.errors()]).toEqual([]);
  await admin.leave();
  await other.leave();
}, 300_000);
