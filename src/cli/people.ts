import { type Command, Option } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { EventView, MemberView, TokenView } from '../server/operations.ts';
import { ago, show, table } from './output.ts';
import type { Run } from './session.ts';

const membersOf = (instance: string): string => `/instances/${encodeURIComponent(instance)}/members`;
const role = () => new Option('--role <role>', 'what they may do').choices(['owner', 'admin', 'viewer']).makeOptionMandatory();
const INSTANCE = ['--instance <instance>', 'where'] as const;

/** Members, tokens and the audit. */
export function peopleCommands(program: Command, run: Run): void {
  const member = program.command('member').description('who may do what at an instance: an owner all, an admin settings and connections, a viewer looks');

  member
    .command('list')
    .description('list the members')
    .requiredOption(...INSTANCE)
    .action(({ instance }: { instance: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const { members } = await client.get<{ members: MemberView[] }>(membersOf(instance));
        show(output, members, () =>
          table(
            ['E-MAIL', 'ROLE', 'NAME', 'JOINED'],
            members.map((it) => [it.email, it.role, it.name ?? '', it.joinedAt === null ? `not yet; until ${ago(it.expiresAt)}` : ago(it.joinedAt)]),
            'No member yet. The operator of the node may do everything.',
          ),
        );
      }),
    );

  member
    .command('add <email>')
    .description('add somebody; who has no account yet gets an address to join with, for you to hand over')
    .requiredOption(...INSTANCE)
    .addOption(role())
    .action((email: string, options: { instance: string; role: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const added = await client.post<MemberView>(membersOf(options.instance), { email, role: options.role });
        if (added.joinUrl !== null && !output.json)
          output.err(`${added.email} has no account here yet. Give them this address; it works once, until ${ago(added.expiresAt)}:`);
        show(output, added, () => added.joinUrl ?? `${added.email} is ${added.role} of ${options.instance} now.`);
      }),
    );

  member
    .command('role <email>')
    .description('change what somebody may do')
    .requiredOption(...INSTANCE)
    .addOption(role())
    .action((email: string, options: { instance: string; role: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id } = memberNamed(await client.get(membersOf(options.instance)), options.instance, email);
        const changed = await client.patch<MemberView>(`${membersOf(options.instance)}/${encodeURIComponent(id)}`, { role: options.role });
        show(output, changed, () => `${changed.email} is ${changed.role} of ${options.instance} now.`);
      }),
    );

  member
    .command('remove <email>')
    .description('remove somebody, or take their address to join with back')
    .requiredOption(...INSTANCE)
    .action((email: string, { instance }: { instance: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id } = memberNamed(await client.get(membersOf(instance)), instance, email);
        await client.remove(`${membersOf(instance)}/${encodeURIComponent(id)}`);
        show(output, { removed: email }, () => `${email} is no member of ${instance} any more.`);
      }),
    );

  const token = program.command('token').description('what programs call the API with');

  token
    .command('list')
    .description('list the tokens')
    .action((_options, command: Command) =>
      run(command, async ({ client, output }) => {
        const { tokens } = await client.get<{ tokens: TokenView[] }>('/tokens');
        show(output, tokens, () =>
          table(
            ['NAME', 'INSTANCE', 'ROLE', 'MADE', 'LAST USED'],
            tokens.map((it) => [it.name, it.instance ?? '(all)', it.role, ago(it.createdAt), ago(it.usedAt)]),
            'No token yet.',
          ),
        );
      }),
    );

  token
    .command('create <name>')
    .description('make a token and print it, this once')
    .option('--instance <instance>', 'the only instance that it is for (default: all; operators only)')
    .addOption(role())
    .action((name: string, options: { instance?: string; role: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const made = await client.post<TokenView>('/tokens', { name, instance: options.instance ?? null, role: options.role });
        if (!output.json) output.err('This is the only time that it is shown:');
        show(output, made, () => made.token ?? '');
      }),
    );

  token
    .command('remove <name>')
    .description('end a token: programs that use it are refused at once')
    .option('--instance <instance>', 'where several instances have a token of that name')
    .action((name: string, { instance }: { instance?: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        await client.remove(`/tokens/${encodeURIComponent(name)}${instance === undefined ? '' : `?instance=${encodeURIComponent(instance)}`}`);
        show(output, { removed: name }, () => `The token ${name} has ended.`);
      }),
    );

  program
    .command('audit')
    .description('what was done, by whom, newest first')
    .option('--instance <instance>', 'only there')
    .option('--connection <connection>', 'only there')
    .option('--limit <number>', 'how many', '50')
    .action(({ limit, ...filter }: { instance?: string; connection?: string; limit: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const wanted = Number(limit);
        if (!Number.isInteger(wanted) || wanted < 1) throw new EntenteError('invalid-input', `--limit wants a number of 1 or more, not ${limit}.`);
        const events: EventView[] = [];
        for (let next: string | null = ''; next !== null && events.length < wanted; ) {
          const query = new URLSearchParams({ ...filter, ...(next === '' ? {} : { after: next }) });
          const page: { events: EventView[]; next: string | null } = await client.get(`/audit?${query.toString()}`);
          events.push(...page.events);
          next = page.next;
        }
        events.splice(wanted);
        show(output, events, () =>
          table(
            ['TIME', 'WHO', 'WHERE', 'WHAT'],
            events.map((it) => [ago(it.at), it.by, it.where === 'there' ? 'other side' : (it.instance ?? 'node'), it.sentence]),
            'Nothing was done yet.',
          ),
        );
      }),
    );
}

function memberNamed({ members }: { members: MemberView[] }, instance: string, email: string): MemberView {
  const found = members.find((it) => it.email.toLowerCase() === email.trim().toLowerCase());
  if (!found) throw new EntenteError('not-found', `${email} is no member of ${instance}. Those are: ${members.map((it) => it.email).join(', ') || 'none'}.`);
  return found;
}
