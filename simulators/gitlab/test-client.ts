import type { GitlabSim } from './gitlab.ts';

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; null where it is none. */
  json: unknown;
}
export type TestApi = (method: string, path: string, body?: unknown) => Promise<TestAnswer>;

/** Calls the API below `/api/v4` with a token. */
export const apiOf =
  (sim: GitlabSim, token: string): TestApi =>
  async (method, path, body) => {
    const answer = await fetch(`${sim.url}/api/v4${path}`, {
      method,
      headers: { 'private-token': token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: /^\s*[[{]/.test(text) ? JSON.parse(text) : null };
  };
