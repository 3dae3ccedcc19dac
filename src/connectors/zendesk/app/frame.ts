import { TrackerError } from '../../../core/tracker-error.ts';
import type { TrackerFrame } from '../../connector.ts';
import type { WireUser } from '../api.ts';
import type { Client } from '../client.ts';
import { MARK } from './build.ts';

interface WireInstallation {
  id: number;
  app_id: number;
  enabled?: boolean;
  settings?: Record<string, unknown>;
  app?: WireApp;
}
interface WireApp {
  id: number;
  parameters?: { name: string; default_value?: unknown }[];
}

/**
 * Tokens that Zendesk posts into the frame of an app with signed URLs: `iss` is the account's host, `aud` the address of the installation, `sub` that of the
 * user, each as the API writes them; signed with the key of the app, which `/api/v2/apps/ID/public_key.pem` shows.
 */
export function frameOf(client: Client): TrackerFrame {
  const users = `${client.origin}/api/v2/users/`;
  return {
    origins: [client.origin],
    issuer: client.host,
    async keys(mark, call) {
      const found = await client.get<{ installations?: WireInstallation[]; apps?: WireApp[] }>(
        '/api/v2/apps/installations.json?include=app',
        'Listing the installed apps',
        call,
      );
      const bears = ({ app_id, settings, app }: WireInstallation): boolean => {
        const { parameters = [] } = app ?? found.apps?.find(({ id }) => id === app_id) ?? {};
        return settings?.[MARK] === mark || parameters.some((it) => it.name === MARK && it.default_value === mark);
      };
      const ours = (found.installations ?? []).filter((installation) => installation.enabled !== false && bears(installation));
      return Promise.all(
        ours.map(async ({ id, app_id }) => {
          const path = `/api/v2/apps/${app_id}/public_key.pem`;
          const { text } = await client.request({ method: 'GET', path, what: 'Reading the app’s key', headers: { accept: '*/*' } }, call);
          return { audience: `${client.origin}/api/v2/apps/installations/${id}.json`, key: text };
        }),
      );
    },
    async person(subject, call) {
      const id = subject.startsWith(users) ? /^(\d{1,20})(?:\.json)?$/.exec(subject.slice(users.length))?.[1] : undefined;
      if (id === undefined) return null;
      try {
        const { user } = await client.get<{ user: WireUser & { verified?: boolean; active?: boolean; suspended?: boolean } }>(
          `/api/v2/users/${id}.json`,
          'Asking who opened the app',
          call,
        );
        if (user.suspended === true || user.active === false || (user.role !== 'admin' && user.role !== 'agent')) return null;
        // Anybody can enter an address that is not theirs: it counts once Zendesk has proved it.
        return { name: user.name, email: user.verified === true ? (user.email ?? null) : null, admin: user.role === 'admin' };
      } catch (error) {
        if (error instanceof TrackerError && error.kind === 'not-found') return null;
        throw error;
      }
    },
  };
}
