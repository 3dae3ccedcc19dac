import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { BRANDS, CODE, invitation, proposal } from './answers.ts';
import { fails, paste } from './scenes.ts';
import { stage } from './stage.ts';
import { connection, pending } from './world.ts';

const { world, open } = await stage();

describe('an invitation code', () => {
  test('is copied even where the page may not write to the clipboard, and stays to be found in the list', async () => {
    world.set({
      connection: async () => pending('partner', 'invitation'),
      invitation: async () => invitation(),
      connections: async () => [pending('partner', 'invitation')],
    });
    const { page, context } = await open();
    await page.addInitScript('Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new Error("denied")) } })');
    await page.goto(`${world.url}/connections/partner/invitation`);
    await page.getByRole('button', { name: 'Copy invitation code' }).click();
    await page
      .getByRole('status')
      .getByText(/Copied|The code is selected/)
      .waitFor();
    expect(await page.evaluate('document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)')).toBe(CODE);
    await page.getByRole('link', { name: 'Done' }).click();
    await page.getByText('Pending').waitFor();
    await page.getByText(/Waits for the admin of redmine.globex.example to accept; expires in 6 days/).waitFor();
    await page.getByRole('link', { name: 'Show the code' }).click();
    await page.getByRole('button', { name: 'Copy invitation code' }).waitFor();
    await context.close();
  });

  test('is issued anew, revoked, and the connection cancelled, each after a question', async () => {
    let state: 'open' | 'revoked' = 'open';
    let code = CODE;
    let cancelled = false;
    world.set({
      connection: async () => pending('partner', 'invitation'),
      connections: async () => (cancelled ? [] : [pending('partner', 'invitation')]),
      invitation: async () => invitation(state === 'open' ? { code } : { state, code: null }),
      reissueInvitation: async () => {
        code = 'entente.1.another';
        state = 'open';
        return invitation({ code });
      },
      revokeInvitation: async () => {
        state = 'revoked';
        return invitation({ state, code: null });
      },
      cancel: async () => {
        cancelled = true;
      },
    });
    const { page, context } = await open();
    await page.goto(`${world.url}/connections/partner`);
    await page.getByRole('button', { name: 'Issue a new code' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Issue a new code' }).click();
    await expect.poll(() => page.getByRole('textbox', { name: 'Invitation code' }).inputValue()).toBe('entente.1.another');
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The invitation is revoked').waitFor();
    await page.getByRole('button', { name: 'Issue a new code' }).click();
    await page.getByRole('button', { name: 'Copy invitation code' }).waitFor();
    await page.goto(`${world.url}/connections`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'No connection yet' }).waitFor();
    await context.close();
  });

  test('is accepted on the other side: paste, read, choose, tick, confirm', async () => {
    const sent: unknown[] = [];
    world.set({
      readInvitation: async () => ({ proposal: proposal(), instances: [{ slug: 'acme', name: 'Acme Support', platform: 'zendesk', platformName: 'Zendesk' }] }),
      scopes: async () => BRANDS,
      acceptInvitation: async (input) => {
        sent.push(input);
        return connection('acme-globex');
      },
      connection: async () => connection('acme-globex'),
    });
    const { page, context, errors } = await open();
    await page.goto(`${world.url}/connections`);
    await page.getByRole('link', { name: 'Accept invitation' }).click();
    await page.getByLabel('Invitation code').fill(`  ${CODE}\n`);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Grace Globex of Globex Engineering').waitFor();
    await page.getByText('7f3a 11c0 9be2 d4d5 0a61 8c8e').waitFor();
    await page.reload();
    await page.getByText('Acme Outdoor').click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Tick this to go on.').waitFor();
    await page.getByRole('checkbox', { name: /I understand/ }).check();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'The connection has been set up.' }).waitFor();
    expect(sent).toEqual([{ code: CODE, instance: 'acme', scope: '2', internalCommentsBecomePublic: true }]);
    expect(errors).toEqual([]);
    await context.close();
  });

  const CODES: readonly ErrorCode[] = [
    'invitation-unreadable',
    'invitation-truncated',
    'invitation-tampered',
    'invitation-expired',
    'invitation-used',
    'invitation-revoked',
    'invitation-own',
    'invitation-elsewhere',
    'invitation-unreachable',
  ];
  test.each(CODES)('that cannot be accepted (%s) says so, and can be corrected', async (code) => {
    world.set({ readInvitation: fails(code) });
    const { page, context } = await open();
    await paste(page, world);
    await page.getByRole('alert').getByText(code).waitFor();
    world.set({
      readInvitation: async () => ({ proposal: proposal(), instances: [{ slug: 'acme', name: 'Acme Support', platform: 'zendesk', platformName: 'Zendesk' }] }),
    });
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Confirm' }).waitFor();
    await context.close();
  });
});
