import type { Connector } from '../connector.ts';
import { logo } from './logo.ts';
import { type JiraSettings, settings } from './settings.ts';
import { openJira } from './tracker.ts';

export { finishConsent, startConsent } from './oauth.ts';
export type { JiraAuth, JiraSettings, OAuthPair } from './settings.ts';

/** Jira Cloud and Jira Data Center, Jira Service Management included. */
export const jira: Connector<JiraSettings> = {
  id: 'jira',
  name: 'Jira',
  nouns: { entity: 'issue', entities: 'issues', scope: 'project' },
  settings,
  secrets: ['auth'],
  logo,
  help: [
    'Create a user for Entente and give it a role in each project that may browse, create, edit, transition and comment on issues, edit and delete its own comments, and create and delete its own attachments.',
    'Give it the global permission Administer Jira if Entente shall register the webhook by itself; without it changes are found by polling.',
    'Jira Cloud: sign in as that user at id.atlassian.com, open Security, then API tokens, and create a token. Enter it with the user’s e-mail address.',
    'Jira Data Center: sign in as that user, open Profile, then Personal Access Tokens, and create a token.',
    'In service projects the user needs a licence of Jira Service Management (an agent), or internal notes can neither be seen nor written.',
    'The maximum attachment size stands in Jira’s administration under System, Attachments; enter the same here.',
  ],
  examples: [
    {
      name: 'Jira Cloud',
      settings: { url: 'https://acme.atlassian.net', auth: { kind: 'token', email: 'sync@acme.example', token: 'none' }, attachmentMaxMb: 10 },
    },
    { name: 'Jira Data Center', settings: { url: 'https://jira.example', auth: { kind: 'pat', token: 'none' }, attachmentMaxMb: 10 } },
  ],
  open: (given, deps) => openJira(given, deps),
};
