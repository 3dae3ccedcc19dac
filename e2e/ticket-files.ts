import { createHash } from 'node:crypto';
import type { ZendeskSim } from '../simulators/zendesk/zendesk.ts';

const basic = ({ credentials: { email, token } }: ZendeskSim): string => `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`;

/** A ticket of a human with one file. Returns its id. */
export async function ticketWithFile(sim: ZendeskSim, subject: string, name: string, content: Buffer): Promise<number> {
  const answer = await fetch(`${sim.url}/api/v2/uploads.json?filename=${name}`, {
    method: 'POST',
    headers: { authorization: basic(sim), 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  });
  const { upload } = (await answer.json()) as { upload: { token: string } };
  return sim.control.createTicket({ subject, comment: { body: 'See the file.', uploads: [upload.token] } }).id;
}

/** SHA-256 of a ticket's file in hexadecimal; null: there is none of this name. */
export async function digestOfFile(sim: ZendeskSim, ticket: number, name: string): Promise<string | null> {
  const answer = await fetch(`${sim.url}/api/v2/tickets/${ticket}/comments.json?include_inline_images=true`, { headers: { authorization: basic(sim) } });
  const { comments } = (await answer.json()) as { comments: { attachments: { file_name: string; content_url: string }[] }[] };
  const file = comments.flatMap(({ attachments }) => attachments).find(({ file_name }) => file_name === name);
  return file ? sha256(Buffer.from(await (await fetch(file.content_url)).arrayBuffer())) : null;
}

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Id of the ticket with this subject; null: there is none. */
export const ticketNamed = (sim: ZendeskSim, subject: string): number | null => sim.control.tickets().find((one) => one.subject === subject)?.id ?? null;
