import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { EntenteError } from '../core/errors.ts';
import type { CheckView, InstanceView, PlatformView } from '../server/operations.ts';
import { show, table } from './output.ts';
import type { Run } from './session.ts';
import { readSettings } from './settings.ts';

const at = (name: string): string => `/instances/${encodeURIComponent(name)}`;
const collect = (value: string, before: string[]): string[] => [...before, value];

export function instanceCommands(program: Command, run: Run): void {
  const instance = program.command('instance').description('the tracker accounts that the node serves');

  instance
    .command('list')
    .description('list the instances')
    .action((_options, command: Command) =>
      run(command, async ({ client, output }) => {
        const { instances } = await client.get<{ instances: InstanceView[] }>('/instances');
        show(output, instances, () =>
          table(
            ['NAME', 'PLATFORM', 'STATUS', 'NOTICES', 'URL'],
            instances.map((it) => [it.slug, it.platformName, it.status, it.notices, it.url]),
            'No instance yet. Add one: entente instance add NAME --platform PLATFORM',
          ),
        );
      }),
    );

  instance
    .command('add <name>')
    .description('add a tracker account; its credentials are checked first')
    .requiredOption('--platform <id>', 'the kind of tracker')
    .option('--title <text>', 'its name for people (default: what the tracker says)')
    .option('--default-type <type>', 'type of incoming entities whose own type does not exist there')
    .option('--set <key=value>', 'a setting that is no secret; may be repeated', collect, [])
    .option('--token-env <variable>', 'environment variable that holds the platform’s first secret')
    .option('--secret-env <key=variable>', 'environment variable that holds a secret; may be repeated', collect, [])
    .option('--settings <file>', 'all settings as a JSON object; - reads standard input')
    .action(
      (
        name: string,
        options: { platform: string; title?: string; defaultType?: string; set: string[]; tokenEnv?: string; secretEnv: string[]; settings?: string },
        command: Command,
      ) =>
        run(command, async ({ client, output, env }) => {
          const { platforms } = await client.get<{ platforms: PlatformView[] }>('/platforms');
          const platform = platforms.find(({ id }) => id === options.platform);
          if (!platform)
            throw new EntenteError('unknown-platform', `There is no connector for ${options.platform}. There is: ${platforms.map(({ id }) => id).join(', ')}.`);
          const settings = await readSettings(platform, options, env);
          const added = await client.post<{ instance: InstanceView; check: CheckView }>('/instances', {
            slug: name,
            platform: platform.id,
            settings,
            ...(options.title === undefined ? {} : { name: options.title }),
            ...(options.defaultType === undefined ? {} : { defaultType: options.defaultType }),
          });
          show(output, added, () => `Added ${added.instance.slug}: ${added.instance.name}, ${added.instance.url}\n${describeCheck(added.check)}`);
        }),
    );

  instance
    .command('change <name>')
    .description('change its title, its settings, who may connect; new credentials are checked first')
    .option('--title <text>', 'its name for people')
    .option('--default-type <type>', 'type of incoming entities whose own type does not exist there; "" for none')
    .addOption(new Option('--reach <reach>', 'can other nodes call it?').choices(['public', 'private']))
    .addOption(new Option('--who-may-connect <who>', 'who may ask it for a connection').choices(['anyone', 'allow-list', 'nobody']))
    .option('--allow <address>', 'an address on that list; may be repeated, and replaces the list', collect, [])
    .option('--time-zone <zone>', 'such as Europe/Berlin')
    .option('--set <key=value>', 'a setting that is no secret; may be repeated', collect, [])
    .option('--token-env <variable>', 'environment variable that holds the platform’s first secret')
    .option('--secret-env <key=variable>', 'environment variable that holds a secret; may be repeated', collect, [])
    .option('--settings <file>', 'the settings that change as a JSON object; - reads standard input')
    .action((name: string, options: ChangeOptions, command: Command) =>
      run(command, async ({ client, output, env }) => {
        const before = await client.get<InstanceView>(at(name));
        const { platforms } = await client.get<{ platforms: PlatformView[] }>('/platforms');
        const platform = platforms.find(({ id }) => id === before.platform);
        const settings = platform ? await readSettings(platform, { ...options, some: true }, env) : {};
        const patch = {
          ...(options.title === undefined ? {} : { name: options.title }),
          ...(options.defaultType === undefined ? {} : { defaultType: options.defaultType || null }),
          ...(options.reach === undefined ? {} : { reach: options.reach }),
          ...(options.whoMayConnect === undefined ? {} : { whoMayConnect: options.whoMayConnect }),
          ...(options.allow.length === 0 ? {} : { allowList: options.allow }),
          ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
          ...(Object.keys(settings).length === 0 ? {} : { settings }),
        };
        if (Object.keys(patch).length === 0) throw new EntenteError('invalid-input', 'Say what changes: entente instance change --help lists the options.');
        const changed = await client.patch<InstanceView>(at(name), patch);
        show(output, changed, () => `Changed ${changed.slug}: ${changed.name}, ${changed.url}`);
      }),
    );

  instance
    .command('remove <name>')
    .description('remove one that has no connections; nothing at the tracker changes')
    .option('--yes', 'confirms that its credentials, members and tokens go')
    .action((name: string, { yes }: { yes?: true }, command: Command) =>
      run(command, async ({ client, output }) => {
        const it = await client.get<InstanceView>(at(name));
        if (!yes) throw new EntenteError('invalid-input', `Removing ${it.name} forgets its credentials, its members and its tokens. Repeat this with --yes.`);
        await client.remove(at(name));
        show(output, { removed: it.slug }, () => `${it.name} is removed. Nothing at ${it.platformName} has changed.`);
      }),
    );

  instance
    .command('check <name>')
    .description('try the credentials and list the permissions that are missing')
    .action((name: string, _options, command: Command) =>
      run(command, async (session) => {
        const check = await session.client.post<CheckView>(`${at(name)}/check`);
        show(session.output, check, () => describeCheck(check));
        if (check.missing.length > 0) session.exitCode = 1;
      }),
    );

  instance
    .command('app <name>')
    .description('write the app that puts the console into the tracker’s own pages to a file')
    .option('-o, --output <file>', 'where to (default: the name that the node gives it, in this folder)')
    .action((name: string, options: { output?: string }, command: Command) =>
      run(command, async ({ client, output }) => {
        const { platforms } = await client.get<{ platforms: PlatformView[] }>('/platforms');
        const { platform } = await client.get<InstanceView>(at(name));
        const app = await client.file(`${at(name)}/app`);
        const file = options.output ?? app.name;
        try {
          fs.writeFileSync(file, app.content);
        } catch (error) {
          throw new EntenteError('invalid-input', `The app cannot be written to ${file}: ${(error as Error).message}.`);
        }
        const steps = platforms.find(({ id }) => id === platform)?.app?.install ?? [];
        show(output, { file, bytes: app.content.length }, () => [`Wrote ${file}. To install it:`, ...steps.map((step, i) => `  ${i + 1}. ${step}`)].join('\n'));
      }),
    );
}

interface ChangeOptions {
  readonly title?: string;
  readonly defaultType?: string;
  readonly reach?: string;
  readonly whoMayConnect?: string;
  readonly allow: string[];
  readonly timeZone?: string;
  readonly set: string[];
  readonly tokenEnv?: string;
  readonly secretEnv: string[];
  readonly settings?: string;
}

function describeCheck({ site, account, missing }: CheckView): string {
  const who = `${account.name}${account.email ? ` <${account.email}>` : ''}`;
  if (missing.length === 0) return `${site}: works, as ${who}. No permission is missing.`;
  return [`${site}: works, as ${who}. Missing permissions:`, ...missing.map(({ permission, consequence }) => `  ${permission}: ${consequence}`)].join('\n');
}
