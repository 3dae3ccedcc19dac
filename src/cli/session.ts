import type { Command } from 'commander';
import type { NodeClient } from './client.ts';
import type { Output } from './output.ts';

/** What a command works with. */
export interface Session {
  readonly client: NodeClient;
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  /** The exit code when nothing was thrown; a command sets 1 for a problem that it has shown itself. */
  exitCode: number;
}

/** Runs `work` with the options that every command takes. */
export type Run = (command: Command, work: (session: Session) => Promise<void>) => Promise<void>;
