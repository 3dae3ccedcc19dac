import type { ZendeskSim } from './zendesk.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; `{}` where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export type Caller = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

/** The header of a Basic sign-in with an API token. */
export function basic(email: string, token: string): string {
  return `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`;
}

/** Calls the simulator as `email` (default: the service account), with JSON or, for a Buffer, the raw bytes. */
export function callerOf(sim: ZendeskSim, email = sim.credentials.email): Caller {
  return async (method, path, body, headers = {}) => {
    const raw = Buffer.isBuffer(body);
    const response = await fetch(path.startsWith('http') ? path : `${sim.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: basic(email, sim.credentials.token), 'content-type': raw ? 'application/octet-stream' : 'application/json', ...headers },
      ...(body === undefined ? {} : { body: raw ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    let json: unknown = {};
    try {
      json = JSON.parse(text);
    } catch {
      // Some refusals are plain text.
    }
    return { status: response.status, headers: response.headers, text, json };
  };
}

/** A ticket made through the API. */
export async function makeTicket(call: Caller, ticket: Record<string, unknown> = {}) {
  const reply = await call('POST', '/api/v2/tickets.json', { ticket: { subject: 'Printer on fire', comment: { body: 'It smokes.' }, ...ticket } });
  if (reply.status !== 201) throw new Error(`creating a ticket: ${reply.status} ${reply.text}`);
  return reply.json.ticket;
}
