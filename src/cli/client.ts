import fs from 'node:fs';
import path from 'node:path';
import { EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { dataHome } from '../lib/home.ts';

/** The node's REST API, as the command line uses it. Throws EntenteError with the node's own code, message and details. */
export interface NodeClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  /** What it answers, if anything. */
  remove<T = null>(path: string): Promise<T | null>;
  /** Something that is not JSON. */
  text(path: string): Promise<string>;
  /** A file, with the name that the node gives it. */
  file(path: string): Promise<{ readonly name: string; readonly content: Buffer }>;
  /** The messages of an event stream until it ends or `signal` ends it. */
  events<T>(path: string, signal: AbortSignal): AsyncGenerator<T>;
}

export interface ClientOptions {
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Does the address lie on this machine? Only then is the token from the data folder sent there. */
const isLocal = (node: URL): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(node.hostname);

/** The node's own data folder, or those of the demo's two nodes. */
function tokensAt(node: URL, env: NodeJS.ProcessEnv): string[] {
  if (env.ENTENTE_TOKEN) return [env.ENTENTE_TOKEN];
  if (!isLocal(node)) return [];
  const home = dataHome(env);
  return [home, path.join(home, 'demo', 'acme'), path.join(home, 'demo', 'globex')].flatMap((folder) => {
    try {
      return [fs.readFileSync(path.join(folder, 'cli-token'), 'utf8').trim()];
    } catch {
      return [];
    }
  });
}

export function createClient({ node, env }: ClientOptions): NodeClient {
  let base: URL;
  try {
    base = new URL(node);
    if (!/^https?:$/.test(base.protocol)) throw new Error('not http');
  } catch {
    throw new EntenteError('invalid-input', `${node} is not the address of a node. It looks like http://127.0.0.1:4700.`);
  }
  const tokens = tokensAt(base, env);

  async function call(method: string, where: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    // A node and a demo may share a data folder: the token that this node knows is the right one.
    for (const [i, token] of (tokens.length > 0 ? tokens : [null]).entries()) {
      const response = await send(method, where, body, token, signal);
      if (response.ok) return response;
      const error = await errorOf(response);
      if (error.code !== 'sign-in-needed' || i + 1 >= tokens.length) throw error.code === 'sign-in-needed' ? needToken(base, tokens.length > 0) : error;
    }
    throw new EntenteError('sign-in-needed');
  }

  async function send(method: string, where: string, body: unknown, token: string | null, signal?: AbortSignal): Promise<Response> {
    try {
      return await fetch(new URL(`/api/v1${where}`, base), {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
        redirect: 'error',
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      const cause = (error as { cause?: { code?: string } }).cause?.code;
      throw new EntenteError('node-unreachable', `No node answers at ${base.origin}${cause ? ` (${cause})` : ''}.`, {}, error);
    }
  }

  return {
    get: async (where) => read(await call('GET', where, undefined)),
    post: async (where, body = {}) => read(await call('POST', where, body)),
    patch: async (where, body) => read(await call('PATCH', where, body)),
    remove: async (where) => {
      const response = await call('DELETE', where, undefined);
      return response.status === 204 ? null : read(response);
    },
    text: async (where) => (await call('GET', where, undefined)).text(),
    async file(where) {
      const response = await call('GET', where, undefined);
      const name = /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
      if (name === undefined) throw new EntenteError('node-unreachable', 'What answers there is not an Entente node.');
      return { name, content: Buffer.from(await response.arrayBuffer()) };
    },
    async *events(where, signal) {
      const response = await call('GET', where, undefined, signal);
      const decoder = new TextDecoder();
      let text = '';
      try {
        for await (const chunk of response.body ?? []) {
          text += decoder.decode(chunk as Uint8Array, { stream: true });
          const messages = text.split('\n\n');
          text = messages.pop() ?? '';
          for (const message of messages) if (message.startsWith('data: ')) yield JSON.parse(message.slice(6));
        }
      } catch (error) {
        if (!signal.aborted) throw new EntenteError('node-unreachable', 'The node went away while it was watched.', {}, error);
      }
    },
  };
}

async function read<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new EntenteError('node-unreachable', 'What answers there is not an Entente node.', {}, error);
  }
}

async function errorOf(response: Response): Promise<EntenteError> {
  const text = await response.text();
  try {
    const { code, message, details } = JSON.parse(text) as { code: string; message: string; details?: Record<string, unknown> };
    if (code in ERRORS) return new EntenteError(code as ErrorCode, message, details ?? {});
  } catch {
    // No JSON: something else listens there.
  }
  return new EntenteError('node-unreachable', `What answers there is not an Entente node (status ${response.status}).`);
}

const needToken = (node: URL, refused: boolean): EntenteError =>
  new EntenteError(
    'sign-in-needed',
    refused
      ? `The node at ${node.origin} does not know the token.`
      : `There is no token for the node at ${node.origin}. On its own machine the node leaves one in its data folder (ENTENTE_HOME says where); elsewhere set ENTENTE_TOKEN.`,
  );
