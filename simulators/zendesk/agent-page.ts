import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { html } from '../http/html.ts';
import type { Account } from './account.ts';
import { page } from './page.ts';

export async function answerAgentPage(account: Account, _req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  if (url.pathname === '/') return { status: 302, headers: { location: '/agent' } };
  return page(account, 'Tickets', html`<h1>Tickets</h1>`);
}
