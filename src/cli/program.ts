import { Command, CommanderError } from 'commander';
import { EntenteError } from '../core/errors.ts';
import { createClient } from './client.ts';
import { connectionCommands } from './connections.ts';
import { instanceCommands } from './instances.ts';
import { nodeCommands } from './node.ts';
import { createOutput, exitCodeOf, showError } from './output.ts';
import { peopleCommands } from './people.ts';
import type { Run, Session } from './session.ts';
import { syncCommands } from './sync.ts';

const SERVE_HELP = `
Settings come from the environment:
  ENTENTE_HOME           data folder (default /var/lib/entente for root, else the XDG data folder)
  DATABASE_URL           a PostgreSQL of your own; without it one is run in the data folder
  PORT, HOST             where to listen (default 4700 on 127.0.0.1)
  ENTENTE_URL            the public address; trackers call it back when it is https
  ENTENTE_KEY            master key, 32 bytes in base64 (default: the file key in the data folder, made at the first start)
  ENTENTE_POLL_SECONDS   how often trackers are asked for changes (default 60)
  ENTENTE_KEEP_DAYS      how long the record of sync runs is kept, in days (default 90)
  ENTENTE_FILE_LINK_DAYS for trackers that take no files: how long a link to a file opens it, in days (default 180)
  ENTENTE_ALLOW_PRIVATE  private addresses that trackers may have: host:port, separated by commas
  ENTENTE_TRUSTED_PROXIES  addresses of the proxies in front, which say where a request comes from
  LOG_LEVEL              trace, debug, info, warn (default), error`;

/** Commands that are not calls of a node's API. */
export interface Processes {
  readonly serve: () => Promise<void>;
  readonly demo: () => Promise<void>;
  readonly openapi: () => Promise<string>;
}

/** Runs the command line. Returns the exit code, or null when the process goes on (serve, demo). */
export async function runCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv, processes: Processes): Promise<number | null> {
  let code: number | null = 0;
  const run: Run = async (command, work) => {
    const { node, json } = command.optsWithGlobals<{ node?: string; json?: boolean }>();
    const output = createOutput(json === true);
    try {
      const session: Session = { client: createClient({ node: node ?? env.ENTENTE_NODE ?? 'http://127.0.0.1:4700', env }), output, env, exitCode: 0 };
      await work(session);
      code = session.exitCode;
    } catch (error) {
      if (!(error instanceof EntenteError)) throw error;
      showError(output, error);
      code = exitCodeOf(error);
    }
  };
  const stay = (work: () => Promise<void>) => async () => {
    code = null;
    await work();
  };

  const program = new Command('entente')
    .description('Keeps tickets in step between trackers.')
    .option('--node <url>', 'the node to talk to (ENTENTE_NODE; default http://127.0.0.1:4700)')
    .option('--json', 'print what the node answers, as JSON')
    .addHelpText(
      'after',
      '\nThe token comes from ENTENTE_TOKEN, or on the node’s own machine from its data folder.\nExit codes: 0 all is well, 1 a problem, 2 the command was wrong, 3 the node cannot be reached.',
    )
    .showHelpAfterError('(entente --help lists the commands)')
    .exitOverride();
  program.command('serve').description('run a node').addHelpText('after', SERVE_HELP).action(stay(processes.serve));
  program.command('demo').description('run two nodes, each with a database, a simulated tracker and sample tickets').action(stay(processes.demo));
  program
    .command('openapi')
    .description('print the OpenAPI description of the REST API')
    .action(async () => void process.stdout.write(await processes.openapi()));
  instanceCommands(program, run);
  connectionCommands(program, run);
  syncCommands(program, run);
  peopleCommands(program, run);
  nodeCommands(program, run);

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}
