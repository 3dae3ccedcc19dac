import type { Page } from 'playwright-core';
import { EntenteError, type ErrorCode } from '../../src/core/errors.ts';
import type { Operations } from '../../src/server/operations.ts';
import { BRANDS, CODE, check, connections, consent, events, found, invitation, proposal, refused, run, twins } from './answers.ts';
import { ago, connection, globex, instance, pending, place, progress, type World } from './world.ts';

/** A page in one of its states: what the API answers, and how one gets there. */
export interface Scene {
  readonly name: string;
  readonly answers: Partial<Operations>;
  readonly go: (page: Page, world: World) => Promise<unknown>;
}

export const fails = (code: ErrorCode, message?: string, details?: Record<string, unknown>) => async (): Promise<never> => {
  throw new EntenteError(code, message, details);
};
const never = () => new Promise<never>(() => {});
const at = (path: string, wait: string | RegExp) => async (page: Page, world: World) => {
  await page.goto(world.url + path);
  await page.getByText(wait).first().waitFor();
};
const scene = (name: string, answers: Partial<Operations>, go: Scene['go']): Scene => ({ name, answers, go });

export async function enterUrl(page: Page, world: World, url = 'redmine.globex.example'): Promise<void> {
  await page.goto(`${world.url}/connections/initiate`);
  await page.getByLabel('Destination instance URL').fill(url);
}
/** From the address to the last question. */
export async function toTheEnd(page: Page, world: World): Promise<void> {
  await enterUrl(page, world);
  await page.getByTestId('found').waitFor();
  await page.getByText('Basic', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Next' }).click();
}
export async function paste(page: Page, world: World): Promise<void> {
  await page.goto(`${world.url}/connections/accept`);
  await page.getByLabel('Invitation code').fill(CODE);
  await page.getByRole('button', { name: 'Next' }).click();
}

const looksUp = { lookUp: async () => found() };
const twoSides = {
  instances: async () => [
    instance('acme', 'Acme Support'),
    instance('acme-it', 'Acme IT', { platform: 'redmine', platformName: 'Redmine', nouns: { entity: 'issue', entities: 'issues', scope: 'project' } }),
  ],
  readInvitation: async () => ({
    proposal: proposal(),
    instances: [
      { slug: 'acme', name: 'Acme Support', platform: 'zendesk', platformName: 'Zendesk' },
      { slug: 'acme-it', name: 'Acme IT', platform: 'redmine', platformName: 'Redmine' },
    ],
  }),
};
const full: Partial<Operations> = {
  connection: async () =>
    connection('acme-globex', { twins: 1204, lastSyncAt: ago(2), problems: 1, description: 'Bugs that customers report, where engineers see them. Ask Ada.' }),
  twins: async () => ({ twins, next: null }),
  events: async () => events,
  connectionRuns: async () => [
    run('1', 'in-sync', { changes: [] }),
    run('2', 'applied', { instanceName: 'Globex Engineering', trigger: 'peer' }),
    run('3', 'failed', { problem: refused }),
  ],
  problems: async () => [
    { problem: refused, connection: 'acme-globex', connectionName: 'Acme Support ↔ Globex Engineering', instance: null, twin: twins[2] ?? null },
  ],
};
const waiting = { connection: async () => pending('partner', 'invitation'), invitation: async () => invitation(), events: async () => events };

export const SCENES: readonly Scene[] = [
  scene('list-empty', {}, at('/connections', 'No connection yet')),
  scene('list', { connections: async () => connections }, at('/connections', 'Old invitation')),
  scene('list-loading', { connections: never }, at('/connections', 'Each joins two instances')),
  scene('list-error', { connections: fails('node-unreachable') }, at('/connections', 'node-unreachable')),
  scene('initiate-without-instance', { instances: async () => [] }, at('/connections/initiate', 'Add your own instance first')),
  scene('initiate', looksUp, at('/connections/initiate', 'Destination instance URL')),
  scene('initiate-found', looksUp, async (page, world) => {
    await enterUrl(page, world);
    await page.getByTestId('found').waitFor();
  }),
  scene('initiate-refused', { lookUp: fails('no-node') }, async (page, world) => {
    await enterUrl(page, world);
    await page.getByText('no-node').waitFor();
  }),
  scene('initiate-without-url', {}, async (page, world) => {
    await page.goto(`${world.url}/connections/initiate`);
    await page.getByRole('button', { name: 'I don’t have a URL' }).click();
    await page.getByText('You get an invitation code at the end').waitFor();
  }),
  scene('initiate-scope', { ...looksUp, scopes: async () => BRANDS }, async (page, world) => {
    await toTheEnd(page, world);
    await page.getByText('Which brand of Acme Support?').waitFor();
  }),
  scene(
    'initiate-many-scopes',
    { ...looksUp, scopes: async () => Array.from({ length: 140 }, (_, i) => ({ id: String(i), name: `Brand ${i + 1} with a name that goes on for a while` })) },
    async (page, world) => {
      await toTheEnd(page, world);
      await page.getByPlaceholder('Search among 140').fill('77');
      await page.getByRole('option', { name: 'Brand 77' }).waitFor();
    },
  ),
  scene('initiate-access', looksUp, async (page, world) => {
    await toTheEnd(page, world);
    await page.getByText('No, I don’t have admin access').click();
    await page.getByRole('button', { name: 'Initiate the connection' }).click();
    await page.getByText('Tick this to go on.').waitFor();
  }),
  scene('initiate-name', looksUp, async (page, world) => {
    await toTheEnd(page, world);
    await page.getByRole('button', { name: 'Edit: Name' }).click();
    await page.getByText('What shall it be called?').waitFor();
  }),
  scene('invitation', waiting, at('/connections/partner/invitation', 'Copy invitation code')),
  scene(
    'invitation-expired',
    { ...waiting, invitation: async () => invitation({ code: null, state: 'expired' }) },
    at('/connections/partner/invitation', 'has expired'),
  ),
  scene('accept', {}, at('/connections/accept', 'Paste the invitation code')),
  scene('accept-refused', { readInvitation: fails('invitation-tampered') }, async (page, world) => {
    await paste(page, world);
    await page.getByText('invitation-tampered').waitFor();
  }),
  scene('accept-review', { ...twoSides, scopes: async () => BRANDS }, async (page, world) => {
    await paste(page, world);
    await page.getByText('Acme IT', { exact: true }).click();
    await page.getByText('Which project of Acme IT?').waitFor();
  }),
  scene('consent', { consent: async () => consent() }, at('/connect/p1', 'asks to connect with')),
  scene(
    'consent-verified',
    {
      scopes: async () => BRANDS,
      consent: async () => consent(),
      verifyConsent: async () => ({
        consent: consent({ verifiedUntil: ago(-1), scopes: BRANDS }),
        check: check([{ permission: 'Delete tickets', consequence: 'a ticket that is deleted on the other side stays here.' }]),
      }),
    },
    async (page, world) => {
      await page.goto(`${world.url}/connect/p1`);
      await page.getByRole('button', { name: 'Verify access' }).click();
      await page.getByText('One permission is missing').waitFor();
    },
  ),
  scene(
    'consent-not-admin',
    {
      consent: async () => consent({ mayConfirm: { available: false, reason: 'Only an admin of Acme Support can agree to this.' } }),
      members: async () => [{ id: '1', name: 'Ada Operator', email: 'ada@acme.example', role: 'owner', joinedAt: ago(9000), joinUrl: null, expiresAt: null }],
    },
    at('/connect/p1', 'Ada Operator (ada@acme.example)'),
  ),
  scene('consent-no-instance', { consent: async () => consent({ instance: null }) }, at('/connect/p1', 'Add the instance first')),
  scene(
    'consent-expired',
    { consent: async () => consent({ state: 'expired', redirect: 'https://sync.globex.example/connect/return' }) },
    at('/connect/p1', 'has expired'),
  ),
  scene('consent-unknown', { consent: fails('no-such-request') }, at('/connect/p1', 'no-such-request')),
  scene('return-waiting', { finish: never }, at('/connect/return?state=x&code=y', 'exchange their keys')),
  scene(
    'return-refused',
    { finish: async () => ({ outcome: 'refused', connection: null }) },
    at('/connect/return?state=x&error=refused', 'The other side refused'),
  ),
  scene('return-failed', { finish: fails('peer-unavailable') }, at('/connect/return?state=x&code=y', 'peer-unavailable')),
  scene('connected', { connection: async () => connection('acme-globex') }, at('/connections/acme-globex/connected', 'The connection has been set up.')),
  scene(
    'connected-synced',
    { connection: async () => connection('acme-globex', { twins: 1 }), sync: async () => progress(5), progress: async () => progress(5) },
    async (page, world) => {
      await page.goto(`${world.url}/connections/acme-globex/connected`);
      await page.getByLabel('URN or address of the entity').fill('4711');
      await page.getByRole('button', { name: 'Sync', exact: true }).click();
      await page.getByTestId('sync-status').getByText('In sync since').waitFor();
    },
  ),
  scene('connection-overview', full, at('/connections/acme-globex', 'The connection was activated.')),
  scene('connection-entities', full, at('/connections/acme-globex?tab=entities', 'A customer cannot log in')),
  scene('connection-runs', full, at('/connections/acme-globex?tab=runs', 'Both sides agree')),
  scene('connection-errors', full, at('/connections/acme-globex?tab=errors', 'P0 is not in its list')),
  scene('connection-rules', full, at('/connections/acme-globex?tab=rules', 'nobody can edit them')),
  scene('connection-settings', full, at('/connections/acme-globex?tab=settings', 'Download the mapping')),
  scene('connection-remove', full, async (page, world) => {
    await page.goto(`${world.url}/connections/acme-globex?tab=settings`);
    await page.getByRole('button', { name: 'Remove connection' }).click();
    await page.getByText('What stays').waitFor();
  }),
  scene('connection-pending', waiting, at('/connections/partner', 'Copy invitation code')),
  scene('connection-pending-admin', { connection: async () => pending('hooli', 'admin') }, at('/connections/hooli', 'Waits for you to confirm')),
  scene(
    'connection-off-there',
    {
      connection: async () =>
        connection('acme-globex', { status: 'deactivated', to: globex({ state: { status: 'deactivated', by: 'Grace Globex', at: ago(30) } }) }),
    },
    at('/connections/acme-globex', 'Grace Globex of Globex Engineering has deactivated the connection'),
  ),
  scene('connection-problem', { connection: async () => connections[5] ?? connection('long') }, at('/connections/long', 'signed with another key')),
  scene(
    'connection-long',
    {
      ...full,
      connection: async () =>
        connection('acme-globex', {
          name: 'Supercalifragilistic'.repeat(6),
          description: 'What it is for, and whom to ask. '.repeat(60),
          from: place('A'.repeat(80)),
          twins: 1_204_000,
        }),
    },
    at('/connections/acme-globex?tab=settings', 'Download the mapping'),
  ),
  scene('connection-loading', { connection: never }, async (page, world) => {
    await page.goto(`${world.url}/connections/acme-globex`);
    await page.getByRole('status', { name: 'Loading' }).first().waitFor();
  }),
  scene('connection-unknown', {}, at('/connections/nosuch', 'There is no connection named nosuch')),
];
