import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EntenteError } from '../src/core/errors.ts';
import { TrackerError } from '../src/core/tracker-error.ts';
import type { InstanceInput, InstancePatch, NodeView, Operations } from '../src/server/operations.ts';
import { launchBrowser } from './browser.ts';
import { ACME, busy, CHECK, FIELD, MEMBERS, STOPPED, TOKENS } from './console-admin/busy.ts';
import { consent } from './console-connect/answers.ts';
import { connection, instance, pending, startWorld, twin } from './console-connect/world.ts';
import { inspect, LOOKS, open } from './console-page.ts';

const world = await startWorld();
const browser = await launchBrowser();
afterAll(async () => {
  await browser.close();
  await world.stop();
});
beforeEach(() => {
  world.reset();
  world.set(busy());
});

const context = (options: Parameters<typeof browser.newContext>[0] = {}): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
const start = async (path: string, expected?: readonly number[]): Promise<{ page: Page; errors: string[] }> => {
  const opened = await open(await context(), expected);
  await opened.page.goto(`${world.url}${path}`);
  return opened;
};
const node = (change: (node: NodeView) => Partial<NodeView>): void => {
  const { node: given } = busy();
  world.set({
    node: async () => {
      const found = await (given as Operations['node'])();
      return { ...found, ...change(found) };
    },
  });
};
const user = (more: Partial<NonNullable<NodeView['user']>>): void => node((it) => ({ user: it.user && { ...it.user, ...more } }));
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
  if ((colorScheme === 'light') === (width === 390)) return;
  test('empty pages say what they are for and what comes first', async () => {
    user({ instances: [] });
    world.set({
      instances: async () => [],
      connections: async () => [],
      twins: async () => ({ twins: [], next: null }),
      problems: async () => [],
      queue: async () => ({ waiting: 0, running: 0, oldestAt: null }),
      tokens: async () => [],
      events: async () => ({ events: [], next: null }),
    });
    const { page, errors } = await open(await context({ colorScheme, viewport: { width, height: 900 } }));
    for (const [path, text] of [
      ['/getting-started', 'Three steps to the first ticket that crosses.'],
      ['/dashboard', 'Nothing to show yet'],
      ['/queue', 'Nothing waits'],
      ['/errors', 'No errors'],
      ['/entities', 'Nothing is under sync yet'],
      ['/instances', 'No instance yet'],
      ['/instances/add', 'Add your first instance'],
      ['/tokens', 'No token yet'],
      ['/audit', 'Nothing has been done yet'],
    ] as const) {
      await page.goto(`${world.url}${path}`);
      await page.getByText(text).first().waitFor();
      await inspect(page, `admin-empty${path.replaceAll('/', '-')}-${look}`);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

test('a new node leads from its first page to the first instance', async () => {
  user({ instances: [] });
  world.set({ instances: async () => [], connections: async () => [], twins: async () => ({ twins: [], next: null }) });
  const { page } = await start('/');
  await page.getByRole('heading', { name: 'Getting started' }).waitFor();
  expect(await page.locator('li[aria-current=step]').textContent()).toContain('Add an instance');
  await page.getByRole('link', { name: 'Add an instance' }).click();
  await page.getByRole('heading', { name: 'Add your first instance' }).waitFor();
  await page.context().close();
});

test('an instance is added after its credentials were proved, and what is missing is told with what follows', async () => {
  const added: InstanceInput[] = [];
  world.set({
    addInstance: async (input) => {
      added.push(input);
      return { instance: instance(input.slug, input.name ?? ''), check: CHECK };
    },
  });
  const { page, errors } = await start('/instances/add');
  await page.getByRole('button', { name: /^Zendesk/ }).click();
  await page.getByLabel('Address of the account').fill('https://acme-two.zendesk.com/agent');
  await page.getByLabel('E-mail of the user').fill('sync@acme.example');
  const secret = page.getByRole('textbox', { name: 'API token' });
  await secret.fill('secret-token');
  expect(await secret.getAttribute('type')).toBe('password');
  await page.getByRole('button', { name: 'Check connection' }).click();
  await page.getByText('Entente works there as Entente Sync (sync@acme.example).').waitFor();
  await page.getByText('Changes cannot be found: nothing that somebody changes here reaches the other side.').waitFor();
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Acme Support');
  expect(await page.getByLabel('Short name').inputValue()).toBe('acme-two');
  await page.getByLabel('Short name').fill('acme');
  await page.getByText('There is an instance of this name already.').waitFor();
  await page.getByLabel('Short name').fill('Acme Two');
  await page.getByText('Use 1 to 40 lower-case letters, digits or hyphens.').waitFor();
  await page.getByLabel('Short name').fill('acme-2');
  await page.getByRole('button', { name: 'Add instance' }).click();
  await page.waitForURL(/\/instances\/acme-2\/settings/);
  expect(added).toEqual([
    {
      slug: 'acme-2',
      platform: 'zendesk',
      name: 'Acme Support',
      settings: { url: 'https://acme-two.zendesk.com/agent', auth: { kind: 'token', email: 'sync@acme.example', token: 'secret-token' } },
    },
  ]);
  expect(errors).toEqual([]);
  await page.context().close();
});

test('the way of signing in is a choice, and what has a default may stay empty', async () => {
  const tried: unknown[] = [];
  world.set({
    tryInstance: async ({ settings }) => {
      tried.push(settings);
      return { ...CHECK, missing: [] };
    },
  });
  const { page } = await start('/instances/add?platform=zendesk&url=https%3A%2F%2Facme.zendesk.com');
  expect(await page.getByLabel('Address of the account').inputValue()).toBe('https://acme.zendesk.com');
  await page.getByRole('radio', { name: 'OAuth' }).click();
  await page.getByLabel('Identifier of the OAuth client').fill('entente');
  for (const label of ['Secret of the OAuth client', 'Access token', 'Refresh token']) await page.getByRole('textbox', { name: label }).fill('x');
  await page.getByRole('button', { name: 'Check connection' }).click();
  await page.getByText('Nothing is missing.').waitFor();
  expect(tried).toEqual([
    { url: 'https://acme.zendesk.com', auth: { kind: 'oauth', clientId: 'entente', clientSecret: 'x', accessToken: 'x', refreshToken: 'x' } },
  ]);
  await page.goto(`${world.url}/instances/add?platform=redmine`);
  await page.getByLabel('Address of Redmine').fill('https://redmine.example.com');
  await page.getByRole('textbox', { name: 'API access key' }).fill('key');
  await page.getByRole('button', { name: '3 more settings' }).click();
  await page.getByLabel('Maximum attachment size, in KB').fill('2048');
  await page.getByRole('button', { name: 'Check connection' }).click();
  await page.getByText('Nothing is missing.').waitFor();
  expect(tried[1]).toEqual({ url: 'https://redmine.example.com', apiKey: 'key', attachmentMaxKb: 2048 });
  await page.context().close();
});

test('wrong settings are said at their field, wrong credentials in a sentence, and nothing that was entered is lost', async () => {
  const { page } = await start('/instances/add?platform=redmine', [400, 401]);
  world.set({
    tryInstance: async ({ settings }) => {
      if (!String(settings.url).startsWith('http'))
        throw new z.ZodError([{ code: 'custom', path: ['url'], message: 'Enter the address of Redmine, for example https://redmine.example.com.', input: '' }]);
      throw new TrackerError('auth', 'Redmine does not accept the API key.');
    },
  });
  await page.getByLabel('Address of Redmine').fill('redmine');
  await page.getByRole('textbox', { name: 'API access key' }).fill('wrong');
  await page.getByRole('button', { name: 'Check connection' }).click();
  await page.getByText('Enter the address of Redmine, for example https://redmine.example.com.').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("name")')).toBe('url');
  await page.getByLabel('Address of Redmine').fill('https://redmine.example.com');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('Redmine does not accept the API key.').waitFor();
  expect(await page.getByRole('textbox', { name: 'API access key' }).inputValue()).toBe('wrong');
  await page.context().close();
});

test('who came from a request for a connection goes back to it, and only there', async () => {
  world.set({ addInstance: async (input) => ({ instance: instance(input.slug, ''), check: CHECK }), consent: async () => consent() });
  const { page } = await start('/instances/add?platform=redmine&return=%2Fconnect%2Fp123');
  await page.getByLabel('Address of Redmine').fill('https://redmine.example.com');
  await page.getByRole('textbox', { name: 'API access key' }).fill('key');
  await page.getByRole('button', { name: 'Check connection' }).click();
  await page.getByRole('button', { name: 'Add instance' }).click();
  await page.waitForURL(`${world.url}/connect/p123`);
  await page.goto(`${world.url}/instances/add?return=https%3A%2F%2Fevil.example`);
  await page.getByText('Which platform?').waitFor();
  expect(await page.getByRole('link', { name: 'Back to the request' }).count()).toBe(0);
  await page.context().close();
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

test('settings are saved when something has changed, and a refusal keeps what was entered', async () => {
  const patches: InstancePatch[] = [];
  let now = { ...ACME };
  world.set({
    instance: async () => now,
    changeInstance: async (_slug, patch) => {
      patches.push(patch);
      if (patch.settings) throw new TrackerError('auth', 'Zendesk does not accept the token.');
      now = { ...now, ...(patch as Partial<typeof now>) };
      return now;
    },
  });
  const { page } = await start('/instances/acme/settings', [401]);
  await page.getByText('Node URL').waitFor();
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await page.getByRole('radio', { name: 'Those on a list' }).check();
  await page.getByLabel('Addresses on the list').fill('https://globex.example\n\n  https://initech.example ');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByRole('combobox', { name: 'Default entity type' }).click();
  await page.getByRole('option', { name: 'incident' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => patches.length).toBe(2);
  expect(patches).toEqual([
    { whoMayConnect: 'allow-list', reach: 'public', allowList: ['https://globex.example', 'https://initech.example'] },
    { defaultType: 'incident' },
  ]);
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Address of the account').fill('https://acme.zendesk.com');
  await page.getByLabel('E-mail of the user').fill('new@acme.example');
  await page.getByRole('textbox', { name: 'API token' }).fill('wrong');
  await page.getByRole('button', { name: 'Check and save' }).click();
  await page.getByRole('alert').getByText('Zendesk does not accept the token.').waitFor();
  expect(await page.getByLabel('E-mail of the user').inputValue()).toBe('new@acme.example');
  await page.context().close();
});

test('an instance in use says why it stays; one without connections goes after its name was typed', async () => {
  const removed: string[] = [];
  world.set({
    removeInstance: async (slug) => {
      removed.push(slug);
    },
  });
  const { page } = await start('/instances/acme/settings');
  await page.getByText('It has 2 connections, so it cannot be removed now.').waitFor();
  expect(await page.getByRole('button', { name: 'Remove instance' }).isDisabled()).toBe(true);
  await page.goto(`${world.url}/instances/${FIELD.slug}/settings`);
  await page.getByRole('button', { name: 'Remove instance' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: 'Remove instance' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Type field to confirm').fill('field');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/instances$/);
  expect(removed).toEqual(['field']);
  await page.context().close();
});

test('who is added without an account gets an address, shown once; roles change in their row', async () => {
  const calls: unknown[] = [];
  world.set({
    addMember: async (slug, input) => {
      calls.push([slug, input]);
      return {
        id: 'm9',
        name: null,
        email: input.email,
        role: input.role,
        joinedAt: null,
        joinUrl: 'https://sync.acme.example/join/Zk3v9QpL',
        expiresAt: new Date(Date.now() + 6e8).toISOString(),
      };
    },
    changeMember: async (_slug, id, role) => {
      calls.push([id, role]);
      if (id === 'm1') throw new EntenteError('last-owner');
      return { ...(MEMBERS[1] as (typeof MEMBERS)[number]), role };
    },
    removeMember: async (_slug, id) => {
      calls.push(['removed', id]);
    },
  });
  const { page } = await start('/instances/acme/members', [409]);
  await page.getByLabel('E-mail').fill('grace@acme.example');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('https://sync.acme.example/join/Zk3v9QpL').waitFor();
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  await page.getByRole('combobox', { name: 'Role of Ada Operator' }).click();
  await page.getByRole('option', { name: 'Viewer' }).click();
  await page.getByRole('alert').getByText('An instance needs an owner.').waitFor();
  await page.getByRole('button', { name: /^Remove Bartholomew/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => calls.length).toBe(3);
  expect(calls).toEqual([
    ['acme', { email: 'grace@acme.example', role: 'admin' }],
    ['m1', 'viewer'],
    ['removed', 'm2'],
  ]);
  await page.context().close();
});

test('a token is shown once and can be ended', async () => {
  const calls: unknown[] = [];
  world.set({
    createToken: async (input) => {
      calls.push(input);
      return { ...(TOKENS[0] as (typeof TOKENS)[number]), name: input.name, token: 'ent_9f27c1' };
    },
    removeToken: async (name) => {
      calls.push(name);
    },
  });
  const { page } = await start('/tokens');
  await page.getByLabel('Name').fill('import');
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByText('ent_9f27c1').waitFor();
  await page.reload();
  await page.getByText('nightly report').waitFor();
  expect(await page.getByText('ent_9f27c1').count()).toBe(0);
  await page.getByRole('button', { name: 'End the token nightly report' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End token' }).click();
  await expect.poll(() => calls).toEqual([{ name: 'import', instance: null, role: 'viewer' }, 'nightly report']);
  await page.context().close();
});

test('the audit goes on page after page', async () => {
  const { page } = await start('/audit');
  await page.getByText('Show older ones').waitFor();
  expect(await page.locator('main li').count()).toBe(20);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await expect.poll(() => page.locator('main li').count()).toBe(40);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await expect.poll(() => page.locator('main li').count()).toBe(60);
  expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0);
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

test('an entity says what is the matter and has the button that does it', async () => {
  const retried: string[] = [];
  world.set({
    retry: async (id) => {
      retried.push(id);
      return twin(id);
    },
    connection: async () => connection('acme-globex'),
  });
  const { page } = await start('/entities/t4');
  await page.getByTestId('sentence').getByText('Redmine refused “Priority”').waitFor();
  await page.getByText('Not created yet').waitFor();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect.poll(() => retried).toEqual(['t4']);
  const run = page.getByRole('button', { name: /Wrote 1 change/ });
  await run.click();
  expect(await run.getAttribute('aria-expanded')).toBe('true');
  await page.getByText('PUT /issues/88.json', { exact: false }).waitFor();
  world.set({
    twin: async (id) => ({ ...STOPPED, id, status: { state: 'stopped', sentence: 'Stopped: the connection is deactivated.', at: null } }),
    connection: async () => connection('acme-globex', { status: 'deactivated' }),
  });
  await page.reload();
  await page.getByRole('link', { name: 'Open the connection' }).waitFor();
  await page.context().close();
});

test('a request that waits for the other side is the second step of getting started', async () => {
  world.set({ connections: async () => [pending('acme-globex', 'invitation')], twins: async () => ({ twins: [], next: null }) });
  const { page } = await start('/getting-started');
  await page.getByText('waits for the other side').waitFor();
  await page.getByRole('link', { name: 'See what it waits for' }).click();
  await page.waitForURL(/\/connections\/acme-globex/);
  await page.context().close();
});

test('the whole frame works from the keyboard: skip, choose an instance, go to a page', async () => {
  const { page } = await start('/dashboard');
  await page.getByText('Changes that crossed, last hour').waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement?.id')).toBe('content');
  await page.getByRole('button', { name: 'Instance: All instances' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'All instances' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Instance: (Acme|Globex)/ }).waitFor();
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
