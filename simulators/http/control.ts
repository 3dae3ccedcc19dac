import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';

// biome-ignore lint/suspicious/noExplicitAny: parameter types of unrelated functions have no other common type
type Controls = Record<string, (...args: any[]) => unknown>;

/** The same functions, called in another process. */
export type Remote<C> = { [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never };

/**
 * Answers `POST /__control/NAME` with a JSON array of arguments by calling that function; `GET` calls it without arguments, and
 * `GET /__control` lists the names. A wrong name is 404, a function that throws 400, both with a sentence.
 */
export async function answerControl(controls: Controls, req: IncomingMessage, path: string): Promise<Answer> {
  const name = path.replace(/^\/__control\/?/, '');
  if (name === '') return { status: 200, json: { controls: Object.keys(controls) } };
  const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
  if (!control) return { status: 404, json: { error: `There is no control "${name}". There are: ${Object.keys(controls).join(', ')}.` } };
  try {
    const raw = req.method === 'GET' ? '' : (await readBody(req, 10_000_000)).toString('utf8');
    const args: unknown = raw.trim() === '' ? [] : JSON.parse(raw);
    const result = await control(...(Array.isArray(args) ? args : [args]));
    return { status: 200, json: { result: result ?? null } };
  } catch (error) {
    return { status: 400, json: { error: error instanceof Error ? error.message : String(error) } };
  }
}

/** Calls the controls of the simulator at `url`. A refusal is thrown with the simulator's sentence. */
export function remoteControl<C>(url: string): Remote<C> {
  const call = async (name: string, args: unknown[]) => {
    const response = await fetch(`${url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
    const answer = (await response.json()) as { result?: unknown; error?: string };
    if (!response.ok) throw new Error(answer.error ?? `control ${name}: HTTP ${response.status}`);
    return answer.result;
  };
  // `then` must stay undefined, or awaiting the proxy would call the simulator.
  return new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : (...args: unknown[]) => call(String(name), args)) }) as Remote<C>;
}
