import type { FrameLocator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ConnectionView } from '../../src/server/operations.ts';
import { type Company, until } from '../two-nodes.ts';
import { type Person, signIn } from './person.ts';

const CONSENT = /all comments, public and internal, arrive as public/i;
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

type View = Page | FrameLocator;

export const connectionsOf = async (company: Company): Promise<ConnectionView[]> =>
  (await company.ask<{ connections: ConnectionView[] }>('GET', '/connections')).connections;

/** The words that have to be read before anything exists, and the tick without which nothing comes to be. */
export async function readsConsent(page: View): Promise<void> {
  await page.getByRole('group', { name: 'Internal comments become public' }).getByText(CONSENT).waitFor();
}
export const tick = (page: View) => page.getByRole('checkbox', { name: /I understand that internal comments arrive as public/ }).check();

/** Chooses a card as a person does: the whole card is its label. */
export async function choose(page: View, name: string): Promise<void> {
  await page
    .locator('label')
    .filter({ hasText: new RegExp(`^${name}$`) })
    .click();
  expect(await page.getByRole('radio', { name, exact: true }).isChecked()).toBe(true);
}

/** Steps 1 to 5: from the tracker's pages to the question about admin access. */
export async function beginInitiating(
  person: Person,
  from: Company,
  destination: { readonly url: string; readonly name: string; readonly found: RegExp },
  more: { readonly scope?: string; readonly open: () => Promise<void> },
): Promise<void> {
  const { step, look } = person;
  await step('1. Navigate to the Connections tab: click the icon in the list of apps.', more.open);
  const { view } = person;
  await step('1. The Connections tab of the console.', async () => {
    await view.getByRole('heading', { name: 'Connections', exact: true }).waitFor();
    await look('connections');
  });
  await step('2. Click Connections → Initiate connection.', async () => {
    await view
      .getByRole('link', { name: 'Initiate connection' })
      .or(view.getByRole('button', { name: 'Initiate connection' }))
      .first()
      .click();
    await view.getByRole('heading', { name: 'Initiate connection' }).waitFor();
  });
  await step('3. Enter the Destination Instance URL.', async () => {
    await view.getByLabel('Destination instance URL').fill(destination.url);
    await view.getByTestId('found').getByText(destination.name).waitFor();
    await view.getByTestId('found').getByText(destination.found).waitFor();
  });
  await step('4. Select Basic: modes are suggested as the destination allows.', async () => {
    await choose(view, 'Basic');
    await look('destination');
  });
  await step('5. Click Next.', async () => {
    await view.getByRole('button', { name: 'Next' }).click();
    if (more.scope) {
      await view.getByRole('heading', { name: `Which brand of ${from.name}?` }).waitFor();
      await choose(view, more.scope);
      await look('own-brand');
      await view.getByRole('button', { name: 'Next' }).click();
    }
    await view.getByRole('heading', { name: 'Do you have admin access to the destination instance?' }).waitFor();
  });
}

/** Step 6 with one answer: nothing comes to be without the tick. `opens`: what the last click opens a tab for. */
export async function answerAccess(
  person: Person,
  from: Company,
  answer: 'Yes, I have admin access' | 'No, I don’t have admin access',
  opens = false,
): Promise<Person> {
  const { view, step, look } = person;
  return step(`6. Confirm if you have admin access to the destination instance: ${answer} & Initiate the connection.`, async () => {
    await choose(view, answer);
    await readsConsent(view);
    await view.getByRole('button', { name: 'Initiate the connection' }).click();
    await view.getByText('Tick this to go on.').waitFor();
    expect(await connectionsOf(from)).toEqual([]);
    await tick(view);
    await look('admin-access');
    const initiate = () => view.getByRole('button', { name: 'Initiate the connection' }).click();
    if (!opens) {
      await initiate();
      return person;
    }
    const [tab] = await Promise.all([person.context.waitForEvent('page'), initiate()]);
    return person.inTab(tab);
  });
}

/** The destination of the admin path: who is not signed in there signs in, verifies, chooses, confirms. */
export async function verifyAndConfirm(person: Person, to: Company, scope: string | null): Promise<void> {
  const { view, step, look } = person;
  await step('You will be required to verify access on the destination instance.', async () => {
    await person.page.waitForURL(`${to.url}/**`);
    await signIn(person, to);
    await view.getByRole('heading', { name: `asks to connect with ${to.name}` }).waitFor();
    await readsConsent(view);
    await view.getByText('What becomes public').waitFor();
    await look('consent');
    expect((await connectionsOf(to)).filter(({ status }) => status === 'active')).toEqual([]);
    if (scope) {
      await view.getByRole('button', { name: 'Verify access', exact: true }).click();
      await view.getByText(`Access to ${to.name} is verified`).waitFor();
    }
  });
  if (scope)
    await step('7. Select the project or repository where you want to sync entities.', async () => {
      await choose(view, scope);
    });
  const last = scope ? 'Confirm' : 'Verify access and confirm';
  await step(scope ? '8. Click Confirm.' : '7, 8. Not applicable to this platform: verifying and confirming are one step.', async () => {
    await view.getByRole('button', { name: last, exact: true }).click();
    await view.getByText('Tick this to go on.').waitFor();
    expect((await connectionsOf(to)).filter(({ status }) => status === 'active')).toEqual([]);
    await tick(view);
    await look('verified');
    await view.getByRole('button', { name: last, exact: true }).click();
  });
}

/** “The Connection has been set up.” on the view, and on both nodes. */
export async function isSetUp(person: Person, companies: readonly Company[]): Promise<void> {
  const { view, step, look } = person;
  await step('The Connection has been set up.', async () => {
    await view.getByRole('heading', { name: 'The connection has been set up.' }).waitFor();
    for (const company of companies)
      await until(`the connection is active at ${company.name}`, async () => (await connectionsOf(company)).every(({ status }) => status === 'active'), 20_000);
    await look('set-up');
  });
}

/** A ticket with everything that Basic mode promises: a type, a picture in the text, a file, a reply and a note between colleagues. */
export async function writeTicket({ slug, sim }: Company): Promise<number> {
  const upload = async (name: string, type: string, content: Buffer): Promise<{ token: string; url: string }> => {
    const { email, token } = sim.credentials;
    const headers = { authorization: `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`, 'content-type': type };
    const answer = await fetch(`${sim.url}/api/v2/uploads.json?filename=${name}`, { method: 'POST', headers, body: new Uint8Array(content) });
    const made = (await answer.json()) as { upload: { token: string; attachment: { content_url: string } } };
    return { token: made.upload.token, url: made.upload.attachment.content_url };
  };
  const image = await upload('screen.png', 'image/png', PICTURE);
  const log = await upload('gateway.log', 'text/plain', Buffer.from('timeout after 30000 ms\n'));
  const nora = `nora@${slug}.example`;
  const { id } = sim.control.createTicket(
    {
      subject: 'Checkout fails for every third customer',
      type: 'problem',
      comment: { html_body: `<p>They see <strong>a red box</strong>: <img src="${image.url}"></p>`, uploads: [image.token] },
    },
    nora,
  );
  sim.control.updateTicket(id, { comment: { body: 'The log of one failed payment.', uploads: [log.token] } }, `tomas@${slug}.example`);
  sim.control.updateTicket(id, { comment: { body: 'Between us: it is the gateway.', public: false } }, nora);
  return id;
}

/** Puts the ticket under sync on the page that is open, watches the stages, and opens both links at the bottom. Returns the other ticket's number. */
export async function syncFirst(person: Person, home: Company, away: Company, id: number, urn = `${id}`): Promise<number> {
  const { view, step, look } = person;
  await step('Enter the entity URN on the previous screen and click Sync.', async () => {
    await view.getByText('Sync your first entity').waitFor();
    await view.getByLabel('URN or address of the entity').fill(urn);
    await view.getByRole('button', { name: 'Sync', exact: true }).click();
  });
  await step('You see the status of your sync.', async () => {
    await expect.poll(() => view.locator('[data-stage][data-state=done]').count(), { timeout: 30_000 }).toBe(5);
    await view.getByTestId('sync-status').getByText('In sync since').waitFor();
    await look('first-sync');
  });
  const panel = view.locator('section', { has: view.getByTestId('sync-status') });
  const opened = async (company: Company, not: number | null): Promise<number> => {
    const links = panel.locator(`a[href^="${company.sim.url}/agent/tickets/"]`);
    const hrefs = await links.evaluateAll((all) => all.map((one) => (one as unknown as { href: string }).href));
    const href = hrefs.find((it) => it !== `${company.sim.url}/agent/tickets/${not}`);
    if (!href) throw new Error(`There is no link to a ticket of ${company.name} among ${hrefs.join()}.`);
    const [tab] = await Promise.all([person.context.waitForEvent('page'), panel.locator(`a[href="${href}"]`).first().click()]);
    await tab.getByRole('heading', { name: 'Checkout fails for every third customer' }).waitFor();
    await tab.close();
    return Number(/\d+$/.exec(href)?.[0]);
  };
  return step('The links to both entities are displayed at the bottom. You can open them up to see more details.', async () => {
    const local = home === away;
    expect(local ? id : await opened(home, null)).toBe(id);
    if (local) await opened(home, -1);
    return opened(away, local ? id : null);
  });
}

const seen = ({ sim }: Company, id: number) => {
  const names = new Map(sim.control.users().map((user) => [user.id, user.name]));
  return sim.control.comments(id).map(({ html_body, public: shown, author_id, attachments }) => ({
    text: html_body
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    html: html_body,
    public: shown,
    author: names.get(author_id),
    files: attachments.map(({ file_name, size }) => `${file_name} ${size}`),
  }));
};

/** Every promise of Basic mode, read in both trackers; then a change on the other side comes back. */
export async function keepsItsPromises(person: Person, home: Company, away: Company, id: number, copy: number): Promise<void> {
  const { step } = person;
  const other = () => away.sim.control.tickets().find((ticket) => ticket.id === copy);
  await step('Ticket types are mirrored: problems as problems.', async () => expect(other()?.type).toBe('problem'));
  await step('Summary, description, comments, and attachments are synced.', async () => {
    expect(other()?.subject).toBe('Checkout fails for every third customer');
    const [description, reply, note, ...rest] = seen(away, copy);
    expect(rest).toEqual([]);
    expect(description?.html).toMatch(/<strong>a red box<\/strong>.*<img /);
    expect(description?.files).toEqual([`screen.png ${PICTURE.length}`]);
    expect(reply?.text).toBe('Tomás Agent The log of one failed payment.');
    expect(reply?.files).toEqual(['gateway.log 23']);
    expect(note?.text).toBe('Nora Agent Between us: it is the gateway.');
  });
  await step('All public and internal comments are synced as public.', async () => {
    expect(seen(home, id).map((comment) => comment.public)).toEqual([true, true, false]);
    expect(seen(away, copy).map((comment) => comment.public)).toEqual([true, true, true]);
    away.sim.control.updateTicket(copy, { comment: { body: 'Only for engineers: rolled back.', public: false } }, `nora@${away.slug}.example`);
    away.sim.control.updateTicket(copy, { comment: { body: 'It works again.' } }, `nora@${away.slug}.example`);
    await until('both answers are there', () => seen(home, id).length === 5, 30_000);
    expect(seen(home, id).slice(3)).toMatchObject([
      { text: 'Nora Agent Only for engineers: rolled back.', public: true },
      { text: 'Nora Agent It works again.', public: true },
    ]);
  });
}

/** A type that does not exist on the other side becomes the default one there. */
export async function usesTheDefaultType(person: Person, home: Company, away: Company, connection: string): Promise<void> {
  await person.step('If the entity types don’t match, the default entity type of the destination instance is used.', async () => {
    await away.ask('PATCH', `/instances/${away.slug}`, { defaultType: 'task' });
    const { id } = home.sim.control.createTicket({ subject: 'Of no type', comment: { body: 'What is it?' } }, `nora@${home.slug}.example`);
    await home.ask('POST', `/connections/${connection}/sync`, { urn: `${id}`, wait: true });
    await until('it has crossed', () => away.sim.control.tickets().some(({ subject }) => subject === 'Of no type'), 30_000);
    expect(away.sim.control.tickets().find(({ subject }) => subject === 'Of no type')?.type).toBe('task');
  });
}
