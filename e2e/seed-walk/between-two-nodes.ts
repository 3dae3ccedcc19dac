import { afterAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { twoNodes } from '../two-nodes.ts';
import { arrive, openByAddress, openByApp } from './person.ts';
import {
  answerAccess,
  beginInitiating,
  choose,
  connectionsOf,
  isSetUp,
  keepsItsPromises,
  readsConsent,
  syncFirst,
  tick,
  usesTheDefaultType,
  verifyAndConfirm,
  writeTicket,
} from './walk.ts';

/** Where a company has a choice of brands. */
const BRAND: Record<string, string | null> = { acme: null, globex: 'Globex Field Ops' };

/**
 * The text from its first step to the first ticket in sync, with one answer to the question about admin access, begun on one side: in the tracker’s own
 * pages, by the icon in its list of apps, or at the console’s address.
 */
export async function walkBetweenTwoNodes(begun: 'acme' | 'globex', access: 'yes' | 'no', by: 'app' | 'address'): Promise<void> {
  const { acme, globex } = await twoNodes({ seeded: true });
  const [from, to] = begun === 'acme' ? [acme, globex] : [globex, acme];
  const browser = await launchBrowser();
  afterAll(() => browser.close());
  const walk = `${access}-from-${begun}`;
  const ownScope = BRAND[from.slug];
  const scope = BRAND[to.slug] ?? null;

  test(`the text can be followed: ${access === 'yes' ? 'with' : 'without'} admin access, begun at ${from.name}, ${by === 'app' ? 'inside its tracker' : 'in the console'}`, async () => {
    const admin = await arrive(browser, walk);
    const destination =
      access === 'yes'
        ? { url: to.sim.url, name: to.name, found: /another node/ }
        : // The other address that the text allows: the one that General settings shows.
          { url: `${to.url}/${to.slug}`, name: to.name, found: /another node/ };
    await beginInitiating(admin, from, destination, {
      ...(ownScope ? { scope: ownScope } : {}),
      open: () => (by === 'app' ? openByApp : openByAddress)(admin, from),
    });

    let person = admin;
    if (access === 'yes') {
      const there = await answerAccess(admin, from, 'Yes, I have admin access', by === 'app');
      await verifyAndConfirm(there, to, scope);
      if (by === 'app')
        await there.step('The tab of the other side has done its work; the frame goes on by itself.', async () => {
          await there.view.getByRole('heading', { name: 'The connection has been set up' }).waitFor();
          await there.look('tab');
          await there.page.close();
        });
      else await admin.page.waitForURL(`${from.url}/**`);
    } else {
      await answerAccess(admin, from, 'No, I don’t have admin access');
      const code = await admin.step('7. Click Copy invitation code.', async () => {
        const { view } = admin;
        await view.getByRole('heading', { name: 'Invitation code' }).waitFor();
        await admin.look('invitation');
        await view.getByRole('button', { name: 'Copy invitation code' }).click();
        await view.getByText('Copied').waitFor();
        const shown = await view.getByRole('textbox', { name: 'Invitation code' }).inputValue();
        // A page may ask what was copied, a frame in another's page may not.
        if (by === 'address') expect(await admin.page.evaluate('navigator.clipboard.readText()')).toBe(shown);
        return shown;
      });
      expect(code).toMatch(/^entente\.1\./);
      await admin.step('8. Click Done.', async () => {
        await admin.view
          .getByRole('link', { name: 'Done' })
          .or(admin.view.getByRole('button', { name: 'Done' }))
          .click();
        await admin.view.getByText('Pending').first().waitFor();
        await admin.look('pending');
      });
      const other = await arrive(browser, `${walk}-other-side`);
      await other.step('9. Click on Accept Invitation under the Connections tab in the destination instance and paste the invitation code.', async () => {
        await openByAddress(other, to);
        await other.page
          .getByRole('link', { name: 'Accept invitation' })
          .or(other.page.getByRole('button', { name: 'Accept invitation' }))
          .first()
          .click();
        await other.page.getByLabel('Invitation code').fill(code);
        await other.look('paste');
      });
      await other.step('12. Click Next.', async () => {
        await other.page.getByRole('button', { name: 'Next' }).click();
        await readsConsent(other.page);
        await other.page.getByText('What becomes public').waitFor();
        expect(await connectionsOf(to)).toEqual([]);
      });
      if (scope)
        await other.step('13. Select the project where you want to sync issues.', async () => {
          await choose(other.page, scope);
        });
      await other.step('14. Click Confirm.', async () => {
        await other.page.getByRole('button', { name: 'Confirm', exact: true }).click();
        await other.page.getByText('Tick this to go on.').waitFor();
        expect(await connectionsOf(to)).toEqual([]);
        await tick(other.page);
        await other.look('review');
        await other.page.getByRole('button', { name: 'Confirm', exact: true }).click();
      });
      await admin.step('The list on the side where it was begun becomes active by itself.', () => admin.view.getByText('Active').first().waitFor());
      person = other;
    }
    await isSetUp(person, [from, to]);

    const [home, away] = access === 'yes' ? [from, to] : [to, from];
    const id = await writeTicket(home);
    const copy = await syncFirst(person, home, away, id);
    await keepsItsPromises(person, home, away, id, copy);
    const awayBrand = BRAND[away.slug];
    if (awayBrand) {
      const brand = away.sim.account.brands.find(({ name }) => name === awayBrand);
      expect(away.sim.control.tickets().find((ticket) => ticket.id === copy)?.brand_id).toBe(brand?.id);
    }
    const [connection] = await connectionsOf(home);
    await usesTheDefaultType(person, home, away, connection?.slug ?? '');
    expect([...admin.errors(), ...person.errors()]).toEqual([]);
    await admin.leave();
    await person.leave();
  }, 300_000);
}
