import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { CheckResult, Connector } from '../connectors/connector.ts';
import { EntenteError } from '../core/errors.ts';
import type { Instance } from '../engine/ports.ts';
import type { CheckView, InstanceInput, InstancePatch, InstanceView, Operations, PlatformView } from '../server/operations.ts';
import { instanceNamed, roleAt, sees, seesAll } from './access.ts';
import { describeScopes, interactive, loadInstance, nodeUrlOf, type OperationsDeps, viewProblem } from './context.ts';
import { preferencesOf } from './preferences.ts';

export const viewCheck = ({ site, account, missing }: CheckResult): CheckView => ({ site, account: { ...account }, missing: missing.map((it) => ({ ...it })) });

function viewPlatform(connector: Connector): PlatformView {
  return {
    id: connector.id,
    name: connector.name,
    nouns: { ...connector.nouns },
    settings: z.toJSONSchema(connector.settings, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>,
    secrets: [...(connector.secrets as readonly string[])],
    logo: connector.logo ?? null,
    help: [...(connector.help ?? [])],
    app: connector.app ? { install: [...connector.app.install] } : null,
  };
}

export async function viewInstance(deps: OperationsDeps, instance: Instance): Promise<InstanceView> {
  const { trackers, now } = deps;
  const connector = trackers.connector(instance.platform);
  const secrets = connector.secrets as readonly string[];
  const paused = instance.pausedUntil !== null && Date.parse(instance.pausedUntil) > now();
  return {
    slug: instance.slug,
    name: instance.name,
    platform: instance.platform,
    platformName: connector.name,
    nouns: { ...connector.nouns },
    url: instance.url,
    defaultType: instance.defaultType,
    settings: Object.fromEntries(Object.entries(instance.settings).filter(([key]) => !secrets.includes(key))),
    secrets: secrets.filter((key) => instance.settings[key] !== undefined),
    status: instance.problem ? 'stopped' : paused ? 'paused' : 'working',
    pausedUntil: paused ? instance.pausedUntil : null,
    problem: viewProblem(instance.problem),
    notices: instance.webhook ? 'webhook' : 'polling',
    noticesBecause: instance.webhook ? null : deps.noWebhookBecause(instance),
    pollSeconds: deps.pollSeconds,
    polledAt: instance.polledAt,
    createdAt: instance.createdAt,
    nodeUrl: nodeUrlOf(deps, instance),
    ...preferencesOf(instance),
    role: roleAt(deps.caller, instance.id),
    connections: (await deps.reads.connections()).filter(({ sides }) => sides.some((side) => side.instance === instance.id)).length,
  };
}

const urlOf = (settings: Readonly<Record<string, unknown>>, fallback: string): string => (typeof settings.url === 'string' ? settings.url : fallback);

type Part =
  | 'tryInstance'
  | 'removeInstance'
  | 'instanceApp'
  | 'platforms'
  | 'instances'
  | 'instance'
  | 'addInstance'
  | 'changeInstance'
  | 'checkInstance'
  | 'scopes'
  | 'types';

export function instanceOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { store, engine, trackers, reads } = deps;

  /** Proves settings at the tracker before they are stored. */
  async function prove(platform: string, given: Readonly<Record<string, unknown>>, defaultType: string | null, signal: AbortSignal) {
    const trial = trackers.trial(platform, given);
    try {
      const check = await trial.tracker.check(interactive(signal));
      if (defaultType !== null) assertType(await trial.tracker.describe(null, interactive(signal)), defaultType);
      return { check, settings: trial.settings };
    } finally {
      await trial.close();
    }
  }

  const record = (instance: Instance, action: string, sentence: string) =>
    deps.people.events.record({ action, sentence, by: deps.caller.name, where: 'here', instance: instance.id });
  const assertOperator = (what: string): void => {
    if (!seesAll(deps.caller)) throw new EntenteError('not-allowed', `Only an operator of this node can ${what}.`);
  };

  return {
    platforms: async () => deps.connectors.map(({ id }) => viewPlatform(trackers.connector(id))),
    instances: async () =>
      Promise.all((await reads.instanceIds()).filter((id) => sees(deps.caller, id)).map(async (id) => viewInstance(deps, await loadInstance(deps, id)))),
    instance: async (slug) => viewInstance(deps, await instanceNamed(deps, slug)),

    async addInstance(input: InstanceInput, signal) {
      assertOperator('add an instance');
      const taken = () => new EntenteError('name-taken', `There is an instance named ${input.slug} already.`);
      if ((await reads.instanceIdBySlug(input.slug)) !== null) throw taken();
      const { check, settings } = await prove(input.platform, input.settings, input.defaultType ?? null, signal);
      const instance: Instance = {
        id: `i${randomBytes(8).toString('hex')}`,
        slug: input.slug,
        platform: input.platform,
        name: input.name ?? check.site,
        url: urlOf(settings, `${input.platform}:${input.slug}`),
        settings,
        defaultType: input.defaultType ?? null,
        pausedUntil: null,
        problem: null,
        cursor: null,
        polledAt: null,
        webhook: null,
        createdAt: new Date(deps.now()).toISOString(),
      };
      await store
        .transaction((tx) => tx.saveInstance(instance))
        .catch(async (error: unknown) => {
          // Somebody took the name while the tracker was asked.
          throw (await reads.instanceIdBySlug(input.slug)) === null ? error : taken();
        });
      deps.instanceChanged(instance.id);
      await record(instance, 'instance-added', `${instance.name} was added.`);
      return { instance: await viewInstance(deps, instance), check: viewCheck(check) };
    },

    async changeInstance(slug, patch: InstancePatch, signal) {
      const before = await instanceNamed(deps, slug, 'admin');
      if (patch.timeZone !== undefined) assertTimeZone(patch.timeZone);
      const proved = patch.settings ? await prove(before.platform, { ...before.settings, ...patch.settings }, patch.defaultType ?? null, signal) : null;
      if (!proved && patch.defaultType) assertType(await (await trackers.of(before.id)).describe(null, interactive(signal)), patch.defaultType);
      const after = await store.transaction(async (tx) => {
        const now = await tx.instance(before.id);
        if (!now) throw new EntenteError('unknown-instance');
        const next: Instance = {
          ...now,
          ...(patch.name === undefined ? {} : { name: patch.name }),
          ...(patch.defaultType === undefined ? {} : { defaultType: patch.defaultType }),
          preferences: {
            ...now.preferences,
            ...(patch.reach === undefined ? {} : { reach: patch.reach }),
            ...(patch.whoMayConnect === undefined ? {} : { whoMayConnect: patch.whoMayConnect }),
            ...(patch.allowList === undefined ? {} : { allowList: patch.allowList }),
            ...(patch.timeZone === undefined ? {} : { timeZone: patch.timeZone }),
          },
          ...(proved ? { settings: proved.settings, url: urlOf(proved.settings, now.url), problem: null, pausedUntil: null } : {}),
        };
        await tx.saveInstance(next);
        return next;
      });
      if (proved) {
        // Whatever waited for working credentials goes on from its current state.
        await engine.touchAll(after.id, 'manual');
        deps.instanceChanged(after.id);
      }
      const changed = Object.keys(patch)
        .map((key) => WORDS[key as keyof InstancePatch])
        .join(', ');
      if (changed) await record(after, 'instance-changed', `Changed at ${after.name}: ${changed}.`);
      return viewInstance(deps, after);
    },

    async tryInstance({ platform, settings }, signal) {
      if (!deps.caller.operator && !Object.values(deps.caller.roles).some((role) => role !== 'viewer')) assertOperator('try credentials');
      return viewCheck((await prove(platform, settings, null, signal)).check);
    },

    async removeInstance(slug) {
      const instance = await instanceNamed(deps, slug, 'owner');
      if (!(await reads.removeInstance(instance.id))) throw new EntenteError('instance-in-use', `${instance.name} still has connections.`);
      await deps.people.members.forget(instance.id);
      await record(instance, 'instance-removed', `${instance.name} was removed.`);
    },

    async instanceApp(slug) {
      const instance = await instanceNamed(deps, slug, 'admin');
      const { app } = trackers.connector(instance.platform);
      const url = `${deps.url.replace(/\/+$/, '')}/embed/${instance.slug}`;
      return app ? app.build({ slug, url, mark: await deps.appMark(instance.id), version: deps.version, contact: deps.caller.email }) : null;
    },

    async checkInstance(slug, signal) {
      const instance = await instanceNamed(deps, slug, 'admin');
      const check = await (await trackers.of(instance.id)).check(interactive(signal));
      // It works again, whatever had stopped it.
      if (instance.problem) {
        await store.transaction(async (tx) => {
          const now = await tx.instance(instance.id);
          if (now) await tx.saveInstance({ ...now, problem: null });
        });
        await engine.touchAll(instance.id, 'manual');
      }
      return viewCheck(check);
    },

    scopes: async (slug, signal) => describeScopes(deps, (await instanceNamed(deps, slug)).id, signal),

    async types(slug, scope, signal) {
      const tracker = await trackers.of((await instanceNamed(deps, slug)).id);
      return (await tracker.describe(scope, interactive(signal))).types.map(({ name, creatable }) => ({ name, creatable }));
    },
  };
}

function assertType({ types }: { readonly types: readonly { readonly name: string; readonly creatable: boolean }[] }, wanted: string): void {
  const names = types.filter(({ creatable }) => creatable).map(({ name }) => name);
  if (!names.some((name) => name.toLowerCase() === wanted.toLowerCase()))
    throw new EntenteError('unknown-type', `The instance has no entity type named ${wanted}. It has: ${names.join(', ') || 'none'}.`, { types: names });
}

/** For the audit: what was changed, never to what. */
const WORDS: Readonly<Record<keyof InstancePatch, string>> = {
  name: 'the name',
  settings: 'the address or the credentials',
  defaultType: 'the default entity type',
  reach: 'whether other nodes can call it',
  whoMayConnect: 'who may connect',
  allowList: 'the list of those who may connect',
  timeZone: 'the time zone',
};

function assertTimeZone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    throw new EntenteError('invalid-input', `timeZone: there is no time zone named ${name}; one is Europe/Berlin.`);
  }
}
