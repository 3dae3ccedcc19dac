import { createHash } from 'node:crypto';
import type { CallContext } from '../../lib/http.ts';
import type { BackLink } from '../connector.ts';
import { type Client, writesTo } from './client.ts';

/** Jira's database holds so much of a title; of the global id its documentation says so. */
const MAX_CHARS = 255;

/** Puts the link among the issue's links to other systems (“remote issue links”). By its global id Jira changes one that is there instead of adding another. */
export async function linkTo(client: Client, issue: string, { marker, title, url }: BackLink, call: CallContext): Promise<void> {
  const json = {
    // The marker itself may be longer than the limit.
    globalId: `entente-${createHash('sha256').update(marker).digest('hex')}`,
    application: { type: 'entente', name: 'Entente' },
    relationship: 'in step with',
    object: { url, title: beginning(title) },
  };
  const what = `Linking issue ${issue}`;
  const answer = await client.request({ method: 'POST', path: `/issue/${issue}/remotelink`, what, json, budget: writesTo(issue) }, call);
  // A page, as of a sign-in, is no link.
  answer.json();
}

/** Half a sign at the end would be no text. */
const beginning = (title: string): string => {
  const cut = title.slice(0, MAX_CHARS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
};
