import type { Connector } from '../connector.ts';
import { settings, type ZendeskSettings } from './settings.ts';
import { openZendesk } from './tracker.ts';

export { finishConsent, startConsent } from './oauth.ts';
export type { ZendeskAuth, ZendeskSettings } from './settings.ts';

export const zendesk: Connector<ZendeskSettings> = {
  id: 'zendesk',
  name: 'Zendesk',
  nouns: { entity: 'ticket', entities: 'tickets', scope: 'brand' },
  settings,
  secrets: ['auth'],
  open: (given, deps) => openZendesk(given, deps),
};
