import type { Connector } from '../connector.ts';
import { logo } from './logo.ts';
import { type GitlabSettings, settings } from './settings.ts';
import { GitlabTracker } from './tracker.ts';

/** GitLab.com and GitLab of one's own (17.4 and later), by the REST API v4. */
export const gitlab: Connector<GitlabSettings> = {
  id: 'gitlab',
  name: 'GitLab',
  nouns: { entity: 'issue', entities: 'issues', scope: 'project' },
  settings,
  secrets: ['token'],
  logo,
  help: [
    'In GitLab, open the project and then Settings → Access tokens (for several projects: those settings of their group), and add a token named Entente.',
    'Choose the role Maintainer, so that Entente can register its webhook; with the role Reporter everything else works, and changes are found by polling.',
    'Choose the scope “api” and an end as late as your GitLab allows. GitLab shows the token once: copy it into this form.',
    'What Entente writes appears under the name of the token. Where project tokens are not offered, use a personal access token of a user made for Entente.',
  ],
  examples: [{ name: 'GitLab', settings: { url: 'https://gitlab.com', token: 'none', projects: 'acme/web' } }],
  open: (given, deps) => new GitlabTracker(given, deps),
};
