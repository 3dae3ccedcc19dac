import { afterAll, afterEach, beforeAll } from 'vitest';
import { type JiraSim, startJira } from '../../../simulators/jira/jira.ts';
import type { Tracker, TrackerDeps } from '../../../src/connectors/connector.ts';
import type { JiraSettings } from '../../../src/connectors/jira/index.ts';
import { openJira, type TrackerOptions } from '../../../src/connectors/jira/tracker.ts';
import { type AccountHttpClient, createHttpClient } from '../../../src/lib/http-client.ts';

export const DANA = 'dana@acme.example';

/** A simulated Jira for the tests of a `describe` (`at`), and the connector on it. Called at its beginning. */
export function simulated(deployment: 'cloud' | 'data-center') {
  let sim: JiraSim | undefined;
  const clients: AccountHttpClient[] = [];
  const at = (): JiraSim => {
    if (!sim) throw new Error('Jira has not been started.');
    return sim;
  };

  beforeAll(async () => {
    sim = await startJira({ deployment, limits: 'off', validate: true });
  });
  afterEach(() => at().control.clearFaults());
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim?.stop();
  });

  const now = () => at().control.now();
  const http = (): AccountHttpClient => {
    const client = createHttpClient({ allowPrivate: new Set([at().url, at().mediaUrl].map((one) => new URL(one).host)), now });
    clients.push(client);
    return client;
  };
  const open = (more: Partial<JiraSettings> = {}, options: TrackerOptions = {}, deps: Partial<TrackerDeps> = {}): Tracker => {
    const { url, credentials } = at();
    const auth = deployment === 'cloud' ? ({ kind: 'token', ...credentials } as const) : ({ kind: 'pat', token: credentials.token } as const);
    return openJira({ url, auth, attachmentMaxMb: 10, ...more }, { http: http(), now, saveSettings: () => Promise.resolve(), ...deps }, options);
  };
  const newIssue = (project = 'SUP'): string => at().control.createIssue({ project, summary: 'Printer', description: 'It burns.' }, DANA).id;
  return { at, now, http, open, newIssue };
}
