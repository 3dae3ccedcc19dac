import { type Command, Option } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { NodeView } from '../server/operations.ts';
import { show } from './output.ts';
import type { Run } from './session.ts';

/** The node itself. */
export function nodeCommands(program: Command, run: Run): void {
  const node = program.command('node').description('the node itself: its identity, and who you are there');

  node
    .command('show')
    .description('its address, version and fingerprint; whether it waits for you; who you are')
    .action((_options, command: Command) =>
      run(command, async (session) => {
        const view = await session.client.get<NodeView>('/node');
        show(session.output, view, () => describe(view));
        if (view.guard) session.exitCode = 1;
      }),
    );

  node
    .command('guard')
    .description('answer a node that may be a copy')
    .addOption(
      new Option('--answer <answer>', 'real: this is the one that goes on; copy: it gets a new identity, and its connections end here')
        .choices(['real', 'copy'])
        .makeOptionMandatory(),
    )
    .action(({ answer }: { answer: 'real' | 'copy' }, command: Command) =>
      run(command, async ({ client, output }) => {
        const view = await client.post<NodeView>('/node/guard', { answer });
        show(output, view, () => describe(view));
      }),
    );

  node
    .command('rotate')
    .description('make a new key pair, and tell every peer of it')
    .option('--yes', 'confirms that the fingerprint changes')
    .action(({ yes }: { yes?: true }, command: Command) =>
      run(command, async ({ client, output }) => {
        if (!yes)
          throw new EntenteError(
            'invalid-input',
            'The fingerprint by which people recognise this node changes; connections go on, as each is told of the new key. Repeat this with --yes.',
          );
        const view = await client.post<NodeView>('/node/key');
        show(output, view, () => `The node has a new key. Its fingerprint is ${view.fingerprint} now.`);
      }),
    );
}

function describe({ id, url, version, fingerprint, guard, user }: NodeView): string {
  const roles = user?.instances.map(({ slug, role }) => `${slug} (${role})`).join(', ');
  return [
    `${url}, version ${version}`,
    `  id ${id}, fingerprint ${fingerprint}`,
    ...(user ? [`  You are ${user.name}${user.operator ? ', an operator' : ''}: ${roles || 'no instance yet'}`] : []),
    ...(guard ? [`  ${guard.sentence}`, '  Say which it is: entente node guard --answer real|copy'] : []),
  ].join('\n');
}
