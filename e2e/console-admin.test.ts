import { describe, expect, test } from 'vitest';
import { TrackerError } from '../src/core/tracker-error.ts';
import type { NodeView, Operations } from '../src/server/operations.ts';
import { ACME, busy, MEMBERS, TOKENS } from './console-admin/busy.ts';
import { admins } from './console-admin/stage.ts';
import { connection } from './console-connect/world.ts';
import { inspect, LOOKS, open } from './console-page.ts';

const { world, context, start, node, user } = await admins();
const guard: NonNullable<NodeView['guard']> = {
  kind: 'copied',
  sentence: 'This node’s database was copied: another node with the same identity may be running.',
  since: new Date(Date.now() - 600_000).toISOString(),
};

/** Every page of an admin, with what is waited for. */
const PAGES = [
  ['getting-started', '/getting-started', 'All three steps are done'],
  ['dashboard', '/dashboard', 'Changes that crossed, last hour'],
  ['queue', '/queue', 'What holds up more than one entity'],
  ['errors', '/errors', 'Redmine does not accept the API key.'],
  ['entities', '/entities', 'VPN drops every hour'],
  ['entity', '/entities/t1', 'Both sides agree'],
  ['entity-stopped', '/entities/t4', 'P0 is not in its list'],
  ['entity-differs', '/entities/t6', 'What both sides changed'],
  ['instances', '/instances', 'Fingerprint of its key'],
  ['add-instance', '/instances/add', 'Which platform?'],
  ['add-instance-zendesk', '/instances/add?platform=zendesk', 'How to get the credentials'],
  ['add-instance-redmine', '/instances/add?platform=redmine', 'How to get the credentials'],
  ['settings', '/instances/acme/settings', 'Node URL'],
  ['settings-stopped', '/instances/globex-engineering/settings', 'Redmine does not accept the API key.'],
  ['members', '/instances/acme/members', 'Has not joined yet'],
  ['tokens', '/tokens', 'nightly report'],
  ['audit', '/audit', 'Show older ones'],
  ['account', '/account', 'Change password'],
] as const;

const EMPTY = [
  ['/getting-started', 'Three steps to the first ticket that crosses.'],
  ['/dashboard', 'Nothing to show yet'],
  ['/queue', 'Nothing waits'],
  ['/errors', 'No errors'],
  ['/entities', 'Nothing is under sync yet'],
  ['/instances', 'No instance yet'],
  ['/instances/add', 'Add your first instance'],
  ['/tokens', 'No token yet'],
  ['/audit', 'Nothing has been done yet'],
] as const;
const nothing: Partial<Operations> = {
  instances: async () => [],
  connections: async () => [],
  twins: async () => ({ twins: [], next: null }),
  problems: async () => [],
  queue: async () => ({ waiting: 0, running: 0, oldestAt: null }),
  tokens: async () => [],
  events: async () => ({ events: [], next: null }),
};

describe.each(LOOKS)('in $colorScheme at $width', ({ colorScheme, width }) => {
  const look = `${colorScheme}-${width}`;

  test.each(PAGES)('%s shows what it should and is accessible', async (name, path, text) => {
    const { page, errors } = await open(await context({ colorScheme, viewport: { width, height: 900 } }));
    await page.goto(`${world.url}${path}`);
    await page.getByText(text).first().waitFor();
    await inspect(page, `admin-${name}-${look}`);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('what opens over a page is accessible too', async () => {
    node(() => ({ guard }));
    const { page, errors } = await open(await context({ colorScheme, viewport: { width, height: 900 } }));
    await page.goto(`${world.url}/dashboard`);
    await page.getByText('Nothing moves since').waitFor();
    await inspect(page, `admin-guard-${look}`);
    await page.getByRole('button', { name: 'This is a copy' }).click();
    await page.getByText('This cannot be undone').waitFor();
    await inspect(page, `admin-guard-copy-${look}`);
    await page.getByRole('button', { name: 'Not yet' }).click();
    if (width < 500) await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('button', { name: 'Instance: All instances' }).click();
    await page.getByRole('menuitem', { name: /Field Service/ }).waitFor();
    await inspect(page, `admin-switcher-${look}`, { menu: true });
    await page.keyboard.press('Escape');
    await page.goto(`${world.url}/instances/add?platform=zendesk`);
    await page.getByLabel('Address of the account').fill('acme-two');
    await page.getByLabel('E-mail of the user').fill('sync@acme.example');
    await page.getByRole('textbox', { name: 'API token' }).fill('secret-token');
    await page.getByRole('button', { name: 'Check connection' }).click();
    await page.getByText('2 permissions are missing.').waitFor();
    await inspect(page, `admin-checked-${look}`);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('who is not signed in yet is received in words', async () => {
    world.signIn(false);
    const { page } = await open(await context({ colorScheme, viewport: { width, height: 900 } }), [401, 404]);
    await page.goto(`${world.url}/join/used`);
    await page.getByRole('heading', { name: 'This address does not work' }).waitFor();
    await inspect(page, `admin-join-used-${look}`);
    const join = { email: 'new@acme.example', instanceName: 'Acme Support', role: 'admin', hasAccount: false };
    await page.route('**/api/v1/join/fresh', (route) => route.fulfill({ json: join }));
    await page.goto(`${world.url}/join/fresh`);
    await page.getByRole('heading', { name: 'Join Acme Support' }).waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill('short');
    await inspect(page, `admin-join-${look}`);
    await page.goto(`${world.url}/`);
    await page.getByRole('heading', { name: 'Sign in to Entente' }).waitFor();
    await inspect(page, `admin-sign-in-${look}`);
    await page.context().close();
  });

  // Two of the four looks show what is particular to them.
  test.each((colorScheme === 'light') === (width === 1440) ? EMPTY : [])('an empty page says what it is for and what comes first: %s', async (path, text) => {
    user({ instances: [] });
    world.set(nothing);
    const { page, errors } = await open(await context({ colorScheme, viewport: { width, height: 900 } }));
    await page.goto(`${world.url}${path}`);
    await page.getByText(text).first().waitFor();
    await inspect(page, `admin-empty${path.replaceAll('/', '-')}-${look}`);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

test('the chosen instance filters the lists and is remembered; its pages follow it', async () => {
  const { page } = await start('/connections');
  await page.getByRole('link', { name: 'Globex ↔ Initech' }).waitFor();
  await page.getByRole('button', { name: 'Instance: All instances' }).click();
  await page.getByRole('menuitem', { name: /Field Service/ }).click();
  await page.getByRole('link', { name: /Acme Support ↔ Field Service/ }).waitFor();
  expect(await page.getByRole('link', { name: 'Globex ↔ Initech' }).count()).toBe(0);
  await page.reload();
  await page.getByRole('button', { name: 'Instance: Field Service' }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Field Service · Zendesk').waitFor();
  await page.getByRole('button', { name: 'Instance: Field Service' }).click();
  await page.getByRole('menuitem', { name: /Acme Support/ }).click();
  await page.waitForURL(/\/instances\/acme\/settings/);
  await page.getByText('Acme Support · Zendesk').waitFor();
  await page.getByRole('link', { name: 'Errors' }).click();
  await page.getByRole('link', { name: 'acme/4711' }).first().waitFor();
  expect(await page.getByText('Redmine does not accept the API key.').count()).toBe(0);
  await page.context().close();
});

test('inside a tracker’s frame there is one instance, no switcher and no way to sign out', async () => {
  user({ operator: false, instances: [{ slug: 'acme', role: 'admin' }], confinedTo: 'i1' });
  world.set({ instances: async () => [ACME] });
  const { page } = await open(await context({ viewport: { width: 390, height: 700 } }));
  await page.goto(`${world.url}/connections`);
  await page.getByRole('link', { name: 'Acme Support ↔ Globex Engineering' }).waitFor();
  expect(await page.getByRole('link', { name: 'Globex ↔ Initech' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Open the menu' }).click();
  await page.getByRole('link', { name: 'Dashboard' }).waitFor();
  expect(await page.getByRole('button', { name: /^Instance:/ }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'API tokens' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Close the menu' }).click();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Dark colours' }).waitFor();
  expect(await page.getByRole('menuitem', { name: 'Sign out' }).count()).toBe(0);
  await inspect(page, 'admin-framed', { menu: true });
  await page.context().close();
});

test('a viewer sees everything and finds nothing to press that would be refused', async () => {
  user({ operator: false, instances: [{ slug: 'acme', role: 'viewer' }] });
  world.set({
    instances: async () => [{ ...ACME, role: 'viewer' }],
    instance: async () => ({ ...ACME, role: 'viewer' }),
    connections: async () => [connection('acme-globex', { role: 'viewer' })],
    connection: async () => connection('acme-globex', { role: 'viewer' }),
  });
  const { page } = await start('/instances/acme/settings');
  await page.getByText('Node URL').waitFor();
  expect(await page.getByRole('button', { name: /Check connection|Change|Save|Remove/ }).count()).toBe(0);
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).isDisabled()).toBe(true);
  expect(await page.getByRole('link', { name: 'API tokens' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Members' }).click();
  await page.getByText('Has not joined yet').waitFor();
  expect(await page.locator('main').getByRole('button').count()).toBe(0);
  await page.goto(`${world.url}/errors`);
  await page.getByText('P0 is not in its list').waitFor();
  expect(await page.getByRole('button', { name: /Retry/ }).count()).toBe(0);
  await page.goto(`${world.url}/entities/t4`);
  await page.getByTestId('sentence').waitFor();
  expect(await page.getByRole('button', { name: /Retry|Sync/ }).count()).toBe(0);
  await page.context().close();
});

test('a guarded node says so on every page; an operator answers after a question, nobody else can', async () => {
  const answers: string[] = [];
  let guarded = true;
  const given = busy().node as Operations['node'];
  world.set({
    node: async () => ({ ...(await given()), guard: guarded ? guard : null }),
    answerGuard: async ({ answer }) => {
      answers.push(answer);
      guarded = false;
      return given();
    },
  });
  const { page } = await start('/audit');
  for (const path of ['/audit', '/connections', '/instances/acme/settings']) {
    await page.goto(`${world.url}${path}`);
    await page.getByText(guard.sentence).waitFor();
  }
  await page.getByRole('button', { name: 'This is the real one' }).click();
  await page.getByRole('button', { name: 'Not yet' }).click();
  expect(answers).toEqual([]);
  await page.getByRole('button', { name: 'This is the real one' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'This is the real one' }).click();
  await page.getByText(guard.sentence).waitFor({ state: 'detached' });
  expect(answers).toEqual(['real']);
  node((it) => ({ guard, user: it.user && { ...it.user, operator: false } }));
  await page.reload();
  await page.getByText('An operator of this node has to say which it is.').waitFor();
  expect(await page.getByRole('button', { name: 'This is the real one' }).count()).toBe(0);
  await page.context().close();
});

test('an answer that fails is told with the way on, and what works goes on', async () => {
  let fails = true;
  const failing =
    <T>(answer: T) =>
    async (): Promise<T> => {
      if (fails) throw new TrackerError('unavailable', 'It did not answer in time.');
      return answer;
    };
  world.set({
    members: failing(MEMBERS),
    tokens: failing(TOKENS),
    events: failing({ events: [], next: null }),
    queue: failing({ waiting: 0, running: 0, oldestAt: null }),
    problems: failing([]),
    instance: failing(ACME),
    types: async () => Promise.reject(new TrackerError('unavailable', 'The tracker did not answer.')),
  });
  const { page } = await start('/tokens', [503]);
  for (const path of ['/instances/acme/members', '/tokens', '/audit', '/queue', '/errors', '/instances/acme/settings']) {
    fails = true;
    await page.goto(`${world.url}${path}`);
    const alert = page.locator('main').getByRole('alert').filter({ hasText: 'It did not answer in time.' }).first();
    await alert.waitFor();
    fails = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
  }
  await page.getByText('The tracker does not tell its types at the moment.').waitFor();
  await page.context().close();
});

test('the whole frame works from the keyboard: skip, choose an instance, go to a page', async () => {
  const { page } = await start('/dashboard');
  await page.getByText('Changes that crossed, last hour').waitFor();
  await page.keyboard.press('Tab');
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('content');
  await page.getByRole('button', { name: 'Instance: All instances' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'All instances' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  // The menu gives the focus back when it has closed.
  const chosen = page.getByRole('button', { name: /^Instance: (Acme|Globex)/ });
  await chosen.waitFor();
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toMatch(/^Instance: (Acme|Globex)/);
  const visited: string[] = [];
  for (let i = 0; i < 11; i++) {
    await page.keyboard.press('Tab');
    visited.push(String(await page.evaluate('document.activeElement?.textContent')).replace(/\d+$/, ''));
  }
  expect(visited).toEqual(
    expect.arrayContaining(['Getting started', 'Dashboard', 'Connections', 'Entities', 'Sync queue', 'Errors', 'Settings', 'Members', 'Audit']),
  );
  await page.getByRole('link', { name: 'Members' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Members' }).waitFor();
  await page.context().close();
});

test('no page of an admin is wider than the screen, from 320 to 1920', async () => {
  const { page } = await open(await context());
  for (const width of [320, 600, 800, 1024, 1920])
    for (const [name, path, text] of PAGES) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${world.url}${path}`);
      await page.getByText(text).first().waitFor();
      expect([name, width, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([name, width, 0]);
    }
  await page.context().close();
});

test('a closed drawer is not in the way of the keyboard, and Escape closes an open one', async () => {
  const { page } = await open(await context({ viewport: { width: 390, height: 844 } }));
  await page.goto(`${world.url}/instances`);
  await page.getByText('Fingerprint of its key').waitFor();
  const reached: string[] = [];
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    reached.push(String(await page.evaluate('document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent')));
  }
  expect(reached).toEqual(['Skip to the content', 'Open the menu', 'Search for a URN of either side', 'Account', 'Add instance', 'Acme Support']);
  await page.getByRole('button', { name: 'Open the menu' }).click();
  await page.getByRole('link', { name: 'Audit' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Audit' }).waitFor({ state: 'hidden' });
  await page.context().close();
});
