import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { ConnectionView, InitiateView, InvitationSummary, InvitationView, LookupView } from '../server/operations.ts';
import { ago, type Output, show } from './output.ts';
import type { Run } from './session.ts';

const at = (name: string): string => `/connections/${encodeURIComponent(name)}`;
const given = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [key in K]: string });
const CONSENT = 'confirms that internal comments arrive as public on the other side';

/** Connections with other nodes: looking up an address, inviting and accepting. The way with admin access on both sides needs a browser. */
export function connectingCommands(connection: Command, run: Run): void {
  connection
    .command('lookup <url>')
    .description('who is at an address, and what can be set up with it')
    .requiredOption('--instance <instance>', 'your own side')
    .action((url: string, options: { instance: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const found = await client.post<LookupView>('/lookups', { instance: options.instance, url });
        show(output, found, () => describe(found));
      }),
    );

  connection
    .command('invite')
    .description('make a pending connection and the invitation code for the other side’s admin')
    .requiredOption('--instance <instance>', 'your own side')
    .option('--scope <scope>', 'where incoming entities are created there')
    .option('--url <url>', 'the address of the other side, where you know it')
    .option('--bind', 'only the instance at --url can accept it')
    .option('--name <text>', 'default: the names of both sides')
    .option('--description <text>', 'for people')
    .option('--internal-comments-become-public', CONSENT)
    .action(
      (
        options: { instance: string; scope?: string; url?: string; bind?: true; name?: string; description?: string; internalCommentsBecomePublic?: true },
        command: Command,
      ) =>
        run(command, async ({ client, output }) => {
          const made = await client.post<InitiateView>('/connections/initiate', {
            instance: options.instance,
            url: options.url ?? null,
            mode: 'basic',
            path: 'invitation',
            ...given('scope', options.scope),
            ...given('name', options.name),
            ...given('description', options.description),
            ...(options.bind ? { bindInvitation: true } : {}),
            ...(options.internalCommentsBecomePublic ? { internalCommentsBecomePublic: true } : {}),
          });
          showInvitation(output, made, made.connection.slug, made.invitation);
        }),
    );

  connection
    .command('invitation <connection>')
    .description('the invitation of a pending connection')
    .action((name: string, _options, command: Command) =>
      run(command, async ({ client, output }) => {
        const invitation = await client.get<InvitationView>(`${at(name)}/invitation`);
        showInvitation(output, invitation, name, invitation);
      }),
    );
  connection
    .command('reissue <connection>')
    .description('a new invitation code; the one before ends')
    .action((name: string, _options, command: Command) =>
      run(command, async ({ client, output }) => {
        const invitation = await client.post<InvitationView>(`${at(name)}/invitation`);
        showInvitation(output, invitation, name, invitation);
      }),
    );
  connection
    .command('revoke <connection>')
    .description('end the invitation: nobody can accept it any more')
    .action((name: string, _options, command: Command) =>
      run(command, async ({ client, output }) => {
        const invitation = await client.remove<InvitationView>(`${at(name)}/invitation`);
        show(output, invitation, () => `The invitation is revoked. For a new one: entente connection reissue ${name}`);
      }),
    );

  connection
    .command('accept [code]')
    .description('accept an invitation; without a code it is read from standard input')
    .requiredOption('--instance <instance>', 'your own side')
    .option('--scope <scope>', 'where incoming entities are created there')
    .option('--read', 'only show what it proposes')
    .option('--internal-comments-become-public', CONSENT)
    .action((code: string | undefined, options: { instance: string; scope?: string; read?: true; internalCommentsBecomePublic?: true }, command: Command) =>
      run(command, async ({ client, output }) => {
        if (code === undefined && process.stdin.isTTY) output.err('Paste the invitation code, then press Enter and Ctrl-D:');
        const pasted = code ?? (await text(process.stdin));
        if (pasted.trim() === '') throw new EntenteError('invitation-unreadable');
        if (options.read) {
          const summary = await client.post<InvitationSummary>('/invitations/read', { code: pasted });
          show(output, summary, () => propose(summary));
          return;
        }
        const made = await client.post<ConnectionView>('/invitations/accept', {
          code: pasted,
          instance: options.instance,
          ...given('scope', options.scope),
          ...(options.internalCommentsBecomePublic ? { internalCommentsBecomePublic: true } : {}),
        });
        show(output, made, () =>
          made.status === 'pending'
            ? `${made.name} is accepted here. It becomes active as soon as the other side asks for the answer.`
            : `${made.name} is active.\nSync the first ${made.from.nouns.entity}: entente sync ${made.slug} ${made.from.instance}/URN --wait`,
        );
      }),
    );
}

/** The code alone goes to standard output, so that it can be piped. */
function showInvitation(output: Output, answer: unknown, connection: string, invitation: InvitationView | null): void {
  if (invitation?.code && !output.json) {
    output.err(`Hand this to the admin of the other side. It can be accepted once, until ${ago(invitation.expiresAt)}. It is ${connection} in commands.`);
    output.out(invitation.code);
    return;
  }
  show(output, answer, () => `The invitation is ${invitation?.state ?? 'gone'}. For a new one: entente connection reissue ${connection}`);
}

const PLACES = {
  'this-instance': 'It is this instance itself: a connection between two of its scopes.',
  'this-node': 'It is an instance of this node.',
  'other-node': 'It is on another node.',
} as const;

function describe({ destination, node, where, modes }: LookupView): string {
  return [
    `${destination.name} (${destination.platformName}), ${destination.url}`,
    where === 'other-node' && node ? `On the node ${node.url}, version ${node.version}.` : PLACES[where],
    ...modes.map(({ mode, available, reason }) => `${mode.padEnd(7)} ${available ? 'available' : `not available: ${reason ?? ''}`}`),
  ].join('\n');
}

function propose({ proposal, instances }: InvitationSummary): string {
  const list = (title: string, lines: readonly string[]) => [title, ...lines.map((line) => `  ${line}`)];
  return [
    `${proposal.startedBy} invites you to the connection ${proposal.name} with ${proposal.from.name} (${proposal.from.platformName}), ${proposal.from.url}`,
    ...(proposal.from.node ? [`Fingerprint of its node: ${proposal.from.node.fingerprint}`] : []),
    ...list('It sends:', proposal.sends),
    ...list('It takes:', proposal.accepts),
    ...list('What becomes public:', proposal.becomesPublic),
    `You can accept it for: ${instances.map(({ slug }) => slug).join(', ')}`,
  ].join('\n');
}
