import type { Command } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { ConnectionView, PlaceView } from '../server/operations.ts';
import { connectingCommands } from './connecting.ts';
import { ago, show, table } from './output.ts';
import type { Run } from './session.ts';

const at = (name: string): string => `/connections/${encodeURIComponent(name)}`;
const place = (side: PlaceView | null): string => (side === null ? '(not accepted yet)' : side.scope ? `${side.instance} (${side.scope.name})` : side.instance);

export function connectionCommands(program: Command, run: Run): void {
  const connection = program.command('connection').description('the agreements between two instances');
  connectingCommands(connection, run);

  connection
    .command('list')
    .description('list the connections')
    .action((_options, command: Command) =>
      run(command, async ({ client, output }) => {
        const { connections } = await client.get<{ connections: ConnectionView[] }>('/connections');
        show(output, connections, () =>
          table(
            ['NAME', 'FROM', 'TO', 'MODE', 'STATUS', 'TWINS', 'ERRORS', 'LAST SYNC'],
            connections.map((it) => [it.slug, place(it.from), place(it.to), it.mode, it.status, `${it.twins}`, `${it.problems}`, ago(it.lastSyncAt)]),
            'No connection yet. With another node: entente connection invite --instance INSTANCE. On this one: entente connection create --from INSTANCE --to INSTANCE',
          ),
        );
      }),
    );

  connection
    .command('create')
    .description('connect two instances of this node')
    .option('--mode <mode>', 'who writes the sync rules: basic', 'basic')
    .requiredOption('--from <instance>', 'one side')
    .requiredOption('--to <instance>', 'the other side')
    .option('--from-scope <scope>', 'where incoming entities are created on that side')
    .option('--to-scope <scope>', 'the same on the other side')
    .option('--name <text>', 'default: the names of both sides')
    .option('--description <text>', 'for people')
    .option('--internal-comments-become-public', 'confirms that internal comments arrive as public on the other side')
    .action(
      (
        options: {
          mode: string;
          from: string;
          to: string;
          fromScope?: string;
          toScope?: string;
          name?: string;
          description?: string;
          internalCommentsBecomePublic?: true;
        },
        command: Command,
      ) =>
        run(command, async ({ client, output }) => {
          const end = (instance: string, scope: string | undefined) => ({ instance, ...(scope === undefined ? {} : { scope }) });
          const made = await client.post<ConnectionView>('/connections', {
            mode: options.mode,
            from: end(options.from, options.fromScope),
            to: end(options.to, options.toScope),
            ...(options.name === undefined ? {} : { name: options.name }),
            ...(options.description === undefined ? {} : { description: options.description }),
            ...(options.internalCommentsBecomePublic ? { internalCommentsBecomePublic: true } : {}),
          });
          show(
            output,
            made,
            () => `${made.name} is active.\nSync the first ${made.from.nouns.entity}: entente sync ${made.slug} ${made.from.instance}/URN --wait`,
          );
        }),
    );

  for (const [verb, description, done] of [
    ['activate', 'go on; what was kept goes out', 'is active'],
    ['deactivate', 'nothing moves any more; changes are kept', 'is deactivated'],
  ] as const)
    connection
      .command(`${verb} <connection>`)
      .description(description)
      .action((name: string, _options, command: Command) =>
        run(command, async ({ client, output }) => {
          const changed = await client.post<ConnectionView>(`${at(name)}/${verb}`);
          show(output, changed, () => `${changed.name} ${done}.`);
        }),
      );

  for (const [words, description] of [
    ['rename', 'a new name on both sides; the address stays'],
    ['describe', 'a new description on both sides'],
  ] as const)
    connection
      .command(`${words} <connection> <text>`)
      .description(description)
      .action((name: string, text: string, _options, command: Command) =>
        run(command, async ({ client, output }) => {
          const changed = await client.patch<ConnectionView>(at(name), words === 'rename' ? { name: text } : { description: text });
          show(output, changed, () =>
            words === 'rename' ? `It is named ${changed.name} now, and still ${changed.slug} in commands.` : `${changed.name}: ${changed.description}`,
          );
        }),
      );

  connection
    .command('remove <connection>')
    .description('end it on both sides, or take back one that nobody has accepted; tickets stay, links go')
    .option('--yes', 'confirms that the links between the tickets go')
    .action((name: string, options: { yes?: true }, command: Command) =>
      run(command, async ({ client, output }) => {
        const it = await client.get<ConnectionView>(at(name));
        if (!options.yes)
          throw new EntenteError(
            'invalid-input',
            `Removing ${it.name} ends ${it.twins} pairs. Keep a list of them first (entente connection mapping ${it.slug}), then repeat this with --yes.`,
          );
        await client.remove(at(name));
        show(output, { removed: it.slug }, () => `${it.name} is removed. All tickets stayed as they are.`);
      }),
    );

  connection
    .command('mapping <connection>')
    .description('which entity belongs to which, as CSV')
    .action((name: string, _options, command: Command) =>
      run(command, async ({ client, output }) => {
        output.out((await client.text(`${at(name)}/mapping`)).trimEnd());
      }),
    );
}
