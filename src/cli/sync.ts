import type { Command } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { ListedProblem, ProgressView, RunView, TwinPage, TwinView } from '../server/operations.ts';
import type { NodeClient } from './client.ts';
import { describeTwin, isProblem, watchStages } from './live.ts';
import { ago, show } from './output.ts';
import type { Run } from './session.ts';

export function syncCommands(program: Command, run: Run): void {
  program
    .command('sync <connection> <urn>')
    .description('put an entity under sync')
    .option('--wait', 'show the stages and wait until it is in sync')
    .option('--timeout <seconds>', 'how long to wait', '60')
    .action((connection: string, urn: string, options: { wait?: true; timeout: string }, command: Command) =>
      run(command, async (session) => {
        const { client, output } = session;
        const seconds = Number(options.timeout);
        if (!(seconds > 0)) throw new EntenteError('invalid-input', '--timeout wants a number of seconds.');
        const first = await client.post<ProgressView>(`/connections/${encodeURIComponent(connection)}/sync`, { urn });
        const last = options.wait ? await watchStages(client, output, first, seconds * 1000) : first;
        show(output, last, () => describeTwin(last.twin));
        if (isProblem(last.twin) || (options.wait && last.twin.status.state === 'syncing')) session.exitCode = 1;
      }),
    );

  program
    .command('status <urn>')
    .description('is this entity in sync, and if not, why? The URN of either side')
    .action((urn: string, _options, command: Command) =>
      run(command, async (session) => {
        const twins = await twinsOf(session.client, urn);
        show(session.output, twins, () => twins.map((twin) => `${twin.connectionName}\n${describeTwin(twin)}`).join('\n\n'));
        if (twins.some(isProblem)) session.exitCode = 1;
      }),
    );

  program
    .command('runs <urn>')
    .description('what was done for an entity, newest first')
    .action((urn: string, _options, command: Command) =>
      run(command, async ({ client, output }) => {
        const runs: RunView[] = [];
        for (const twin of await twinsOf(client, urn)) runs.push(...(await client.get<{ runs: RunView[] }>(`/twins/${twin.id}/runs`)).runs);
        show(output, runs, () => (runs.length === 0 ? 'Nothing has been done yet.' : runs.map(describeRun).join('\n')));
      }),
    );

  program
    .command('errors')
    .description('what does not go on by itself, and what waits')
    .action((_options, command: Command) =>
      run(command, async (session) => {
        const { errors } = await session.client.get<{ errors: ListedProblem[] }>('/errors');
        show(session.output, errors, () => (errors.length === 0 ? 'No errors.' : errors.map(describeProblem).join('\n\n')));
        if (errors.some(({ problem }) => problem.retryAt === null)) session.exitCode = 1;
      }),
    );

  program
    .command('retry [urn]')
    .description('look at an entity again from its current state')
    .option('--all', 'every entity that has a problem')
    .option('--connection <connection>', 'with --all: only of this connection')
    .action((urn: string | undefined, options: { all?: true; connection?: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        if ((urn === undefined) === (options.all === undefined)) throw new EntenteError('invalid-input', 'Say which entity, or --all.');
        if (urn === undefined) {
          const answer = await client.post<{ retried: number }>('/errors/retry', options.connection === undefined ? {} : { connection: options.connection });
          return show(output, answer, () => (answer.retried === 1 ? '1 entity is looked at again.' : `${answer.retried} entities are looked at again.`));
        }
        const retried: TwinView[] = [];
        for (const twin of await twinsOf(client, urn)) retried.push(await client.post<TwinView>(`/twins/${twin.id}/retry`));
        show(output, retried, () => retried.map((twin) => `${twin.connectionName}: looked at again.`).join('\n'));
      }),
    );
}

async function twinsOf(client: NodeClient, urn: string): Promise<TwinView[]> {
  const { twins } = await client.get<TwinPage>(`/twins?urn=${encodeURIComponent(urn)}`);
  if (twins.length === 0) throw new EntenteError('wrong-urn', `${urn} is not under sync. To begin: entente sync CONNECTION ${urn}`);
  return twins;
}

function describeRun(run: RunView): string {
  const lines = [`${ago(run.at)}  ${run.instance.padEnd(12)} ${run.stage.padEnd(9)} ${`${run.ms} ms`.padStart(8)}  ${run.trigger}`];
  for (const change of run.changes)
    lines.push(`    ${change.what}: ${short(change.before)} → ${short(change.after)}${change.decision ? ` (${change.decision})` : ''}`);
  for (const call of run.calls) lines.push(`    ${call.method} ${call.path} ${call.status ?? 'no answer'} ${call.ms} ms`);
  if (run.problem) lines.push(`    ${run.problem.message} (${run.problem.code})`);
  return lines.join('\n');
}

const short = (value: string | null): string => (value === null ? '(nothing)' : value.length > 60 ? `${value.slice(0, 59)}…` : value.replaceAll('\n', ' '));

function describeProblem({ problem, connectionName, instance, twin }: ListedProblem): string {
  const entity = twin?.from ?? twin?.to;
  const where = entity ? `${entity.instance}/${entity.urn}` : (connectionName ?? instance ?? '');
  const next = problem.retryAt ? `tried again ${ago(problem.retryAt)}` : 'waits for you';
  return `${where}${connectionName && entity ? `, ${connectionName}` : ''}\n  ${problem.message}\n  ${problem.remedy}\n  (${problem.code}, since ${ago(problem.since)}, ${next})`;
}
