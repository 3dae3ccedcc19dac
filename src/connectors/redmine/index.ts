import type { Connector } from '../connector.ts';
import { logo } from './logo.ts';
import { type RedmineSettings, settings } from './settings.ts';
import { RedmineTracker } from './tracker.ts';

/** Redmine 5.0 and later, by its REST API. */
export const redmine: Connector<RedmineSettings> = {
  id: 'redmine',
  name: 'Redmine',
  nouns: { entity: 'issue', entities: 'issues', scope: 'project' },
  settings,
  secrets: ['apiKey'],
  logo,
  help: [
    'In Redmine, under Administration → Settings → API, tick “Enable REST web service”.',
    'Create a user for Entente and make it a member of each project, with a role that may view, add and edit issues, add notes, edit own notes, and see and write private notes.',
    'Sign in as that user, open My account, and press “Show” under “API access key”. Copy the key into this form.',
    'Under Administration → Custom fields, add an issue field named Entente: format Text, used as a filter, for all trackers and projects. It keeps an issue from being created twice.',
    'Text formatting and the maximum attachment size stand under Administration → Settings; Redmine does not tell them by itself, so enter the same here.',
  ],
  examples: [
    { name: 'Redmine, Textile', settings: { url: 'https://redmine.example', apiKey: 'none', textFormat: 'textile' } },
    { name: 'Redmine, Markdown', settings: { url: 'https://redmine.example', apiKey: 'none', textFormat: 'markdown' } },
  ],
  open: (given, deps) => new RedmineTracker(given, deps),
};
