import { expect, test } from 'vitest';
import { z } from 'zod';
import { EntenteError } from '../src/core/errors.ts';
import { TrackerError } from '../src/core/tracker-error.ts';
import type { InstanceInput, InstancePatch } from '../src/server/operations.ts';
import { ACME, CHECK, FIELD, MEMBERS, STOPPED, TOKENS } from './console-admin/busy.ts';
import { admins } from './console-admin/stage.ts';
import { consent } from './console-connect/answers.ts';
import { connection, instance, pending, twin } from './console-connect/world.ts';

const { world, start, user } = await admins();

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
  expect(patches).toEqual([{ whoMayConnect: 'allow-list', allowList: ['https://globex.example', 'https://initech.example'] }, { defaultType: 'incident' }]);
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

test('the app for the tracker is downloaded from the settings, and a refusal is told on the page', async () => {
  let there = true;
  world.set({ instanceApp: async () => (there ? { name: 'entente-acme.zip', content: Buffer.from('PK') } : null) });
  const { page } = await start('/instances/acme/settings', [404]);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the app' }).click()]);
  expect(file.suggestedFilename()).toBe('entente-acme.zip');
  there = false;
  await page.getByRole('button', { name: 'Download the app' }).click();
  await page.getByRole('alert').getByText('This platform has no app.').waitFor();
  await page.goto(`${world.url}/instances/globex-engineering/settings`);
  await page.getByText('How changes are noticed').waitFor();
  expect(await page.getByRole('button', { name: 'Download the app' }).count()).toBe(0);
  await page.context().close();
});
