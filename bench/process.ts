import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

type Handlers = Record<string, (...args: never[]) => unknown>;
/** The same functions, called in another process. */
export type Called<H extends Handlers> = { [K in keyof H]: (...args: Parameters<H[K]>) => Promise<Awaited<ReturnType<H[K]>>> };

export interface Started<H extends Handlers> {
  readonly call: Called<H>;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly args: never[];
}
interface Told {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** In a child: carries out what the parent asks for, and leaves when the parent does. `stop` runs before the process ends. */
export function serveCalls(handlers: Handlers, stop: () => Promise<void>): void {
  process.on('message', async ({ id, name, args }: Asked) => {
    try {
      const handler = handlers[name];
      if (!handler) throw new Error(`There is no call ${name}.`);
      process.send?.({ id, result: await handler(...args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void stop().finally(() => process.exit(0));
  };
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  // The terminal tells everybody; the parent decides.
  process.on('SIGINT', () => undefined);
  process.send?.({ id: 0 });
}

/** Starts a file of this folder in a process of its own and waits until it serves calls. Throws when it ends before that. */
export async function startProcess<H extends Handlers>(file: string, input: unknown, execArgv: string[] = []): Promise<Started<H>> {
  const child: ChildProcess = fork(new URL(file, import.meta.url), [JSON.stringify(input)], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let count = 0;
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (told: Told) => {
      if (told.id === 0) return resolve();
      const one = waiting.get(told.id);
      waiting.delete(told.id);
      if (told.error === undefined) one?.resolve(told.result);
      else one?.reject(new Error(`${file}: ${told.error}`));
    });
    child.once('exit', (code) => {
      const error = new Error(`${file} ended by itself (${code}).`);
      reject(error);
      for (const one of waiting.values()) one.reject(error);
    });
  });
  await ready;
  const ask = (name: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      count += 1;
      waiting.set(count, { resolve, reject });
      child.send({ id: count, name, args });
    });
  return {
    // `then` must stay undefined, or awaiting the proxy would call the child.
    call: new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : (...args: unknown[]) => ask(String(name), args)) }) as Called<H>,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Milliseconds since 1970 with fractions, comparable between processes of one machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** Milliseconds of processor time that this process has used. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
