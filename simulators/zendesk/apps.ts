import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type Account, timestamp } from './account.ts';
import { type AppPackage, readPackage } from './app-package.ts';
import type { Call, Route } from './call.ts';
import { notFound } from './errors.ts';
import type { User } from './model.ts';

/** An app that the account has, and its installation: here each app is installed once. */
export interface InstalledApp {
  id: number;
  installationId: number;
  guid: string;
  package: AppPackage;
  /** What it is called in this account. */
  title: string;
  enabled: boolean;
  settings: Record<string, unknown>;
  /** Signs the tokens for its frame. */
  key: KeyObject;
  createdAt: string;
}

const TOKEN_SECONDS = 180;

/** Uploads a private app and installs it, as an administrator does in the Admin Center; another upload of the same title replaces it. Throws `PackageRefused`. */
export function installApp(account: Account, zip: Buffer, title?: string): InstalledApp {
  const read = readPackage(zip);
  const name = title?.trim() || read.name;
  const before = [...account.apps.values()].find((app) => app.title === name);
  const app: InstalledApp = {
    id: before?.id ?? account.nextId(),
    installationId: before?.installationId ?? account.nextId(),
    guid: before?.guid ?? randomUUID(),
    package: read,
    title: name,
    enabled: true,
    settings: {
      name,
      title: name,
      ...Object.fromEntries(read.manifest.parameters.filter(({ secure }) => !secure).map((it) => [it.name, it.default_value])),
    },
    key: before?.key ?? newKey(),
    createdAt: before?.createdAt ?? timestamp(account),
  };
  account.apps.set(app.installationId, app);
  return app;
}

export const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const publicPem = (key: KeyObject): string =>
  createPublicKey(createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }))).export({ type: 'spki', format: 'pem' }) as string;

/** The address that the frame is sent to: the vendor adds where the page is and which frame it is. */
export function frameUrl(account: Account, app: InstalledApp): URL | null {
  const { navBar } = app.package.manifest;
  if (navBar === null || !/^https?:/.test(navBar)) return null;
  const url = new URL(navBar);
  url.searchParams.set('origin', account.url);
  url.searchParams.set('app_guid', app.guid);
  return url;
}

/** What the vendor says in the token about who opens the frame. */
export function claimsOf(account: Account, app: InstalledApp, user: User): Record<string, unknown> {
  const now = Math.floor(account.clock.now() / 1000);
  return {
    iss: new URL(account.url).host,
    aud: `${account.url}/api/v2/apps/installations/${app.installationId}.json`,
    sub: `${account.url}/api/v2/users/${user.id}.json`,
    iat: now,
    nbf: now,
    exp: now + TOKEN_SECONDS,
    jti: randomUUID(),
    qsh: createHash('sha256')
      .update(frameUrl(account, app)?.search.slice(1) ?? '')
      .digest('hex'),
    context: { product: 'support', location: 'nav_bar' },
  };
}

/** A token signed as the vendor does, with RS256. */
export function signToken(claims: Record<string, unknown>, key: KeyObject, header: Record<string, unknown> = { alg: 'RS256', typ: 'JWT' }): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${header.alg === 'none' ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

const scope = 'apps';

/** What the API tells about apps. Uploading and installing over the API is not simulated: administrators use the page. */
export const appRoutes: Route[] = [
  { method: 'GET', path: '/api/v2/apps/installations', access: 'agent', scope, handle: list },
  {
    method: 'GET',
    path: '/api/v2/apps/installations/:id',
    access: 'agent',
    scope,
    handle: ({ account, params }) => ({ status: 200, json: presentInstallation(installationOf(account, params.id)) }),
  },
  {
    method: 'GET',
    path: '/api/v2/apps/:id',
    access: 'agent',
    scope,
    handle: ({ account, params }) => ({ status: 200, json: presentApp(appOf(account, params.id)) }),
  },
  // The router takes `.json` off; `.pem` is a part of the name.
  { method: 'GET', path: '/api/v2/apps/:id/public_key.pem', access: 'anonymous', scope, handle: publicKey },
  { method: 'GET', path: '/api/v2/apps/:id/public_key', access: 'anonymous', scope, handle: publicKey },
];

function list({ account, query }: Call) {
  const apps = [...account.apps.values()];
  return {
    status: 200,
    json: { installations: apps.map(presentInstallation), ...(query.get('include') === 'app' ? { apps: apps.map(presentApp) } : {}) },
  };
}

function publicKey({ account, params }: Call) {
  return { status: 200, text: publicPem(appOf(account, params.id).key), type: 'application/x-pem-file' };
}

function installationOf(account: Account, id: string | undefined): InstalledApp {
  const app = account.apps.get(Number(id));
  if (!app) throw notFound();
  return app;
}

function appOf(account: Account, id: string | undefined): InstalledApp {
  const app = [...account.apps.values()].find((one) => one.id === Number(id));
  if (!app) throw notFound();
  return app;
}

const presentInstallation = (app: InstalledApp) => ({
  id: app.installationId,
  app_id: app.id,
  product: 'support',
  enabled: app.enabled,
  settings: app.settings,
  settings_objects: Object.entries(app.settings).map(([name, value]) => ({ name, value })),
  role_restrictions: null,
  group_restrictions: [],
  collapsible: false,
  created_at: app.createdAt,
  updated_at: app.createdAt,
});

function presentApp(app: InstalledApp) {
  const { manifest } = app.package;
  return {
    id: app.id,
    name: app.title,
    author_name: manifest.author.name ?? null,
    author_email: manifest.author.email ?? null,
    author_url: manifest.author.url ?? null,
    default_locale: 'en',
    framework_version: manifest.frameworkVersion,
    version: manifest.version ?? null,
    visibility: manifest.private ? 'private' : 'public',
    single_install: true,
    state: 'published',
    products: ['support'],
    parameters: manifest.parameters.map((it, position) => ({ ...it, id: app.id + position + 1, app_id: app.id, position })),
    created_at: app.createdAt,
  };
}
