import type { JiraSim } from './jira.ts';

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked into by tests
  json: any;
}

/** Calls the API of a simulator as somebody: by default the service account. Redirects are not followed. */
export function clientOf(sim: JiraSim, { email, token } = sim.credentials) {
  const authorization = sim.site.cloud ? `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}` : `Bearer ${token}`;
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    const address = path.startsWith('/rest/') || path.startsWith('/ex/') ? path : `/rest/api/${sim.site.cloud ? 3 : 2}${path}`;
    const form = body instanceof FormData;
    const response = await fetch(sim.url + address, {
      method,
      redirect: 'manual',
      headers: { authorization, ...(form || body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  };
}

export const lee = { email: 'lee@acme.example', token: 'tok-lee' };

/** A document of one paragraph. */
export const paragraph = (text: string) => ({ type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });
