import type { Connector } from '../connector.ts';
import { logo } from './logo.ts';
import { type GithubSettings, settings } from './settings.ts';
import { GithubTracker } from './tracker.ts';

/** GitHub.com, GitHub Enterprise Cloud and GitHub Enterprise Server, by the REST API. */
export const github: Connector<GithubSettings> = {
  id: 'github',
  name: 'GitHub',
  nouns: { entity: 'issue', entities: 'issues', scope: 'repository' },
  settings,
  secrets: ['auth'],
  logo,
  help: [
    'For an organisation, make a GitHub App: in the organisation’s settings, under Developer settings → GitHub Apps → New GitHub App. Switch its own webhook off; Entente registers one in each repository.',
    'Give it the repository permissions Issues (read and write), Webhooks (read and write) and Metadata (read), and, where issue types are used, the organisation permission Issue Types (read).',
    'On the page of the App, copy the App ID, and generate a private key: GitHub downloads a .pem file, whose content goes into this form.',
    'Under Install App, install it at your organisation, for the repositories that are to be synchronised.',
    'Or, as the quickest way, create a fine-grained access token of a user made for Entente, with the same permissions for the same repositories.',
  ],
  examples: [{ name: 'GitHub', settings: { url: 'https://github.com/acme', auth: { kind: 'token', token: 'none' } } }],
  open: (given, deps) => new GithubTracker(given, deps),
};
