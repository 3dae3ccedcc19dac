import type { Connector, FileLinks, Tracker } from './connectors/connector.ts';
import { EntenteError } from './core/errors.ts';
import type { Instance, Store, Trackers } from './engine/ports.ts';
import { type AccountHttpClient, createHttpClient } from './lib/http-client.ts';
import type { ProxySettings } from './lib/road.ts';
import type { Target } from './rules/rules.ts';

export interface ConnectedTrackers extends Trackers {
  connector(platform: string): Connector;
  /** A tracker for settings that are not stored (yet): to check them. Throws a ZodError that names what is wrong with them. `close` ends it. */
  trial(
    platform: string,
    settings: Readonly<Record<string, unknown>>,
  ): { readonly tracker: Tracker; readonly settings: Record<string, unknown>; close(): Promise<void> };
  close(): Promise<void>;
}

interface Open {
  readonly tracker: Tracker;
  readonly http: AccountHttpClient;
  /** The settings that it was opened with, or that it rotated to. */
  settings: string;
}

const TARGET_MS = 5 * 60_000;

/** Opens each instance's tracker once per process, and anew when its settings changed (also when another process changed them). */
export function connectTrackers(deps: {
  store: Store;
  connectors: readonly Connector[];
  allowPrivate: ReadonlySet<string>;
  proxy?: ProxySettings;
  /** Absent: the node has no address that people can open. */
  fileLinks?: FileLinks;
}): ConnectedTrackers {
  const { store } = deps;
  const client = { allowPrivate: deps.allowPrivate, ...(deps.proxy ? { proxy: deps.proxy } : {}) };
  const links = deps.fileLinks ? { fileLinks: deps.fileLinks } : {};
  const open = new Map<string, Open>();
  const targets = new Map<string, { readonly types: readonly string[]; readonly until: number }>();

  const connector = (platform: string): Connector => {
    const found = deps.connectors.find(({ id }) => id === platform);
    if (!found)
      throw new EntenteError('unknown-platform', `There is no connector for ${platform}. There is: ${deps.connectors.map(({ id }) => id).join(', ')}.`);
    return found;
  };
  const load = async (given: string | Instance): Promise<Instance> => {
    if (typeof given !== 'string') return given;
    const id = given;
    const instance = await store.transaction((tx) => tx.instance(id));
    if (!instance) throw new EntenteError('unknown-instance');
    return instance;
  };

  const of = async (given: string | Instance): Promise<Tracker> => {
    const instance = await load(given);
    const { id } = instance;
    const settings = JSON.stringify(instance.settings);
    const before = open.get(id);
    if (before?.settings === settings) return before.tracker;
    const http = createHttpClient(client);
    const entry: Open = {
      http,
      settings,
      tracker: connector(instance.platform).open(instance.settings, {
        http,
        now: Date.now,
        ...links,
        readSettings: async () => (await load(id)).settings,
        saveSettings: async (patch) => {
          const saved = await store.transaction(async (tx) => {
            const now = await tx.instance(id);
            if (!now) throw new EntenteError('unknown-instance');
            const next = { ...now.settings, ...patch };
            await tx.saveInstance({ ...now, settings: next });
            return next;
          });
          entry.settings = JSON.stringify(saved);
        },
      }),
    };
    open.set(id, entry);
    for (const key of targets.keys()) if (key.startsWith(`${id} `)) targets.delete(key);
    // Runs that use the old one finish; its idle connections end by themselves.
    return entry.tracker;
  };

  return {
    connector,
    of,
    async target(given, scope, call): Promise<Target> {
      const instance = await load(given);
      const { id, defaultType } = instance;
      const tracker = await of(instance);
      const key = `${id} ${scope ?? ''}`;
      let known = targets.get(key);
      if (!known || known.until < Date.now()) {
        const { types } = await tracker.describe(scope, call);
        known = { types: types.filter(({ creatable }) => creatable).map(({ name }) => name), until: Date.now() + TARGET_MS };
        targets.set(key, known);
      }
      return { types: known.types, defaultType, internalComments: tracker.capabilities.comments.internal };
    },
    trial(platform, given) {
      const it = connector(platform);
      const settings = it.settings.parse(given) as Record<string, unknown>;
      const http = createHttpClient(client);
      let current = settings;
      const tracker = it.open(settings, {
        http,
        now: Date.now,
        ...links,
        saveSettings: async (patch) => {
          current = { ...current, ...patch };
        },
      });
      return {
        tracker,
        get settings() {
          return current;
        },
        close: () => http.close(),
      };
    },
    async close() {
      await Promise.all([...open.values()].map(({ http }) => http.close()));
    },
  };
}
