import { afterAll, afterEach, beforeAll } from 'vitest';
import { type GitlabSim, startGitlab } from '../../../simulators/gitlab/gitlab.ts';
import type { Tracker } from '../../../src/connectors/connector.ts';
import type { GitlabSettings } from '../../../src/connectors/gitlab/settings.ts';
import { GitlabTracker } from '../../../src/connectors/gitlab/tracker.ts';
import type { RichText } from '../../../src/core/rich-text/index.ts';
import { type AccountHttpClient, createHttpClient } from '../../../src/lib/http-client.ts';

export const para = (value: string): RichText['children'][number] => ({ type: 'paragraph', children: [{ type: 'text', value }] });

/** A simulated GitLab for the tests of a file (`at`), and the connector on it. Called at the beginning of a `describe`. */
export function simulated() {
  let sim: GitlabSim | undefined;
  const clients: AccountHttpClient[] = [];
  const at = (): GitlabSim => {
    if (!sim) throw new Error('GitLab has not been started.');
    return sim;
  };

  beforeAll(async () => {
    sim = await startGitlab();
  });
  afterEach(() => {
    at().control.clearFaults();
    at().control.setLimits('off');
    at().control.setSettings({ webhookSigning: true, redirectDownloads: false, internalNotes: true });
    at().control.setMember('acme/web', 'entente', 'maintainer');
    at().control.references().length = 0;
    at().control.commands().length = 0;
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim?.stop();
  });

  const open = (more: Partial<GitlabSettings> = {}, now: () => number = () => at().control.now(), feedPage?: number): Tracker => {
    const client = createHttpClient({ allowPrivate: new Set([at().url, at().site.storageUrl].map((url) => new URL(url).host)), timeoutMs: 10_000, now });
    clients.push(client);
    const settings: GitlabSettings = { url: at().url, token: at().credentials.token, projects: 'acme/web', confidential: 'leave-out', ...more };
    return new GitlabTracker(settings, { http: client, now, saveSettings: () => Promise.resolve() }, feedPage);
  };
  const newIssue = (more: Record<string, unknown> = {}): { ref: string; urn: string } => {
    const made = at().control.createIssue('acme/web', { title: 'Printer', description: 'It burns.', ...more }, 'nora');
    return { ref: `${made.project_id}:${made.iid}`, urn: made.references.full };
  };
  const requests = async (work: () => Promise<unknown>): Promise<string[]> => {
    at().control.clearRequests();
    await work();
    return at()
      .control.requests()
      .map(({ method, path }) => `${method} ${path.replace(/^\/api\/v4\/projects\/\d+/, '')}`);
  };
  return { at, open, newIssue, requests };
}
