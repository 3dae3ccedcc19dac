import type { Connector } from '../connector.ts';
import { type RedmineSettings, settings } from './settings.ts';
import { RedmineTracker } from './tracker.ts';

/** Redmine 5.0 and later, by its REST API. */
export const redmine: Connector<RedmineSettings> = {
  id: 'redmine',
  name: 'Redmine',
  nouns: { entity: 'issue', entities: 'issues', scope: 'project' },
  settings,
  secrets: ['apiKey'],
  open: (given, deps) => new RedmineTracker(given, deps),
};
