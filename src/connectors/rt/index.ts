import type { Connector } from '../connector.ts';
import { type RtSettings, settings } from './settings.ts';
import { RtTracker } from './tracker.ts';

/** Request Tracker 5, by its REST API 2. */
export const rt: Connector<RtSettings> = {
  id: 'rt',
  name: 'Request Tracker',
  nouns: { entity: 'ticket', entities: 'tickets', scope: 'queue' },
  settings,
  secrets: ['token'],
  help: [
    'In RT, under Admin → Custom Fields → Create, make two fields named Entente, both “Enter one value”: one that applies to Tickets, one to Ticket Transactions. Apply each to the queues that are synchronised (or globally).',
    'Under Admin → Users → Create, make a user for Entente, with “Let this user be granted rights”. Set its time zone to UTC: RT takes each time for one of the account’s own zone.',
    'Give the user, in each queue that is synchronised, the rights SeeQueue, ShowTicket, ShowTicketComments, CreateTicket, ReplyToTicket, CommentOnTicket, ModifyTicket, SeeCustomField and ModifyCustomField.',
    'Give it the right ManageAuthTokens, sign in as it, open Settings → Auth Tokens and create a token. RT shows the token once: copy it into this form.',
  ],
  examples: [{ name: 'Request Tracker', settings: { url: 'https://rt.example', token: '1-1-none' } }],
  open: (given, deps) => new RtTracker(given, deps),
};
