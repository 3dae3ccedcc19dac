import type { Connector } from '../connector.ts';
import { app } from './app/build.ts';
import { logo } from './logo.ts';
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
  logo,
  help: [
    'In Zendesk’s Admin Center, under People → Team members, create a user for Entente with the Administrator role: changes can be found by administrators only.',
    'Under Apps and integrations → APIs → API tokens, add a token named Entente. Zendesk shows it once: copy it into this form.',
    'Enter the e-mail address of the user that you created. What Entente writes appears under that user’s name.',
    'Zendesk ends API tokens on 30 April 2027. An OAuth client (Apps and integrations → APIs → OAuth clients, kind confidential, scopes read and write) lasts longer.',
  ],
  examples: [{ name: 'Zendesk', settings: { url: 'https://acme.zendesk.com', auth: { kind: 'token', email: 'sync@acme.example', token: 'none' } } }],
  app,
  open: (given, deps) => openZendesk(given, deps),
};
