import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Tracker, TrackerDeps } from '../../../src/connectors/connector.ts';
import { finishConsent, jira, type OAuthPair, startConsent } from '../../../src/connectors/jira/index.ts';
import { openJira } from '../../../src/connectors/jira/tracker.ts';
import type { Snapshot } from '../../../src/core/entity.ts';
import { docOf, filesIn, type RichText } from '../../../src/core/rich-text/index.ts';
import type { TrackerError } from '../../../src/core/tracker-error.ts';
import { call } from '../tools.ts';
import { DANA, simulated } from './simulated.ts';

describe('the Jira connector with OAuth', () => {
  const { at, http, now } = simulated('cloud');
  const gateway = () => ({ auth: at().url, api: at().url });

  /** Goes through the consent page as a browser would. */
  async function consent(): Promise<OAuthPair> {
    const { id: clientId, secret: clientSecret, redirectUri } = at().oauthClient;
    const { location } = startConsent({ clientId, redirectUri, state: 'state-1' }, gateway());
    const me = at().site.users.find(({ email }) => email === at().credentials.email);
    const form = new URLSearchParams([...new URL(location).searchParams, ['decision', 'accept'], ['user', me?.id ?? '']]);
    const answer = await fetch(new URL('/authorize', at().url), { method: 'POST', body: form, redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    expect(back.searchParams.get('state')).toBe('state-1');
    const given = { url: at().url, clientId, clientSecret, code: back.searchParams.get('code') ?? '', redirectUri };
    return finishConsent({ http: http(), now }, given, call, gateway());
  }
  function stored(auth: OAuthPair): { tracker: Tracker; saved: OAuthPair[] } {
    const saved: OAuthPair[] = [];
    const deps: TrackerDeps = {
      http: http(),
      now,
      saveSettings: (patch) => {
        saved.push(patch.auth as OAuthPair);
        return Promise.resolve();
      },
    };
    return { tracker: openJira({ url: at().url, auth, attachmentMaxMb: 10 }, deps, { gateway: gateway() }), saved };
  }
  const renewals = () => at().control.requests({ path: '/oauth/token' }).length;

  it('connects, works through Atlassian’s gateway, files included, and has no webhooks', async () => {
    const auth = await consent();
    expect(jira.settings.parse({ url: 'https://acme.atlassian.net', auth })).toMatchObject({ auth });
    const { tracker } = stored(auth);
    expect(await tracker.check(call)).toMatchObject({ missing: [], site: new URL(at().url).host });
    expect([tracker.capabilities.webhooks, tracker.webhook]).toEqual([false, undefined]);
    const { id: ref } = at().control.createIssue({ project: 'SUP', summary: 'Printer', description: 'It burns.' }, DANA);
    const base = (await tracker.fetch(ref, call)) as Snapshot;
    expect(base.url).toBe(`${at().url}/browse/${base.urn}`);
    const file = { key: 'g:1', name: 'a.png', type: 'image/png', size: 3, open: () => Promise.resolve(Readable.from([Buffer.from('png')])) };
    const body: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'g:1', name: 'a.png', inline: true }] }] };
    const { files } = await tracker.apply(ref, base, { comment: { do: 'add', body, public: true, files: [file], marker: 'm:1' }, known: {} }, call);
    const opened = await tracker.files?.open(ref, files[0]?.id ?? '', call);
    expect((await opened?.stream.toArray())?.join('')).toBe('png');
    expect(filesIn(((await tracker.fetch(ref, call)) as Snapshot).comments[0]?.body ?? docOf(''))).toEqual([files[0]?.id]);
    expect(at().control.leaks()).toBe(0);
  });

  it('renews an expired pair once for many callers, stores each new one, and mends a renewal whose answer got lost', async () => {
    const { tracker, saved } = stored(await consent());
    at().control.advance(2 * 3_600_000);
    at().control.clearRequests();
    await Promise.all(Array.from({ length: 8 }, () => tracker.describe('SUP', call)));
    expect([renewals(), saved.length]).toEqual([1, 1]);
    at().control.advance(2 * 3_600_000);
    at().control.addFault({ kind: 'drop-after', path: '/oauth/token' });
    await tracker.check(call);
    expect(saved).toHaveLength(2);
    expect(new Set(saved.map(({ refreshToken }) => refreshToken)).size).toBe(2);
  });

  it('renews a pair that has been withdrawn early, and says what to do when nothing helps any more', async () => {
    const { tracker, saved } = stored(await consent());
    await tracker.check(call);
    at().control.endAccessTokens();
    await tracker.check(call);
    expect(saved).toHaveLength(1);
    at().control.endAccessTokens();
    at().control.endRefreshTokens();
    const error = await tracker.check(call).catch((thrown: unknown) => thrown as TrackerError);
    expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining('connect the account again') });
  });
});
