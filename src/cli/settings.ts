import fs from 'node:fs';
import readline from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EntenteError } from '../core/errors.ts';
import type { PlatformView } from '../server/operations.ts';

export interface SettingOptions {
  readonly set: readonly string[];
  readonly secretEnv: readonly string[];
  readonly tokenEnv?: string | undefined;
  readonly settings?: string | undefined;
  /** Only some of them change: nobody is asked for the others. */
  readonly some?: boolean;
}

/** As much of JSON Schema as settings use. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly description?: string;
}
type Settings = Record<string, unknown>;

const wrong = (message: string): EntenteError => new EntenteError('invalid-input', message);
const variants = (schema: Schema): readonly Schema[] => schema.oneOf ?? schema.anyOf ?? [schema];
const isObject = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value);
const SECRET = /token|secret|password|key/i;

/** Settings of an instance from the command line. Secrets never come from arguments, which other users of the machine can see. */
export async function readSettings(platform: PlatformView, options: SettingOptions, env: NodeJS.ProcessEnv): Promise<Settings> {
  const schema = platform.settings as Schema;
  const settings: Settings = options.settings === undefined ? {} : await readJson(options.settings);
  for (const pair of options.set) {
    const [key, value] = split(pair, '--set');
    const leaf = key.split('.').at(-1) ?? key;
    if (platform.secrets.includes(key) || SECRET.test(leaf))
      throw wrong(`${key} is a secret: give it with --secret-env ${key}=VARIABLE, or as JSON on standard input (--settings -).`);
    put(settings, key, value);
  }
  const first = firstSecret(schema, platform.secrets);
  const byEnv = [...options.secretEnv, ...(options.tokenEnv && first ? [`${first}=${options.tokenEnv}`] : [])];
  for (const pair of byEnv) {
    const [key, name] = split(pair, '--secret-env');
    const value = env[name];
    if (!value) throw wrong(`The environment variable ${name} is not set.`);
    put(settings, key, value);
  }
  if (!options.some && options.settings === undefined && process.stdin.isTTY && process.stderr.isTTY) await prompt(schema, platform.secrets, settings, '');
  fillConstants(schema, settings);
  return settings;
}

/** `auth.email` goes into the object `auth`. */
function put(settings: Settings, key: string, value: string): void {
  const path = key.split('.');
  const leaf = path.pop() ?? key;
  let at = settings;
  for (const part of path) {
    if (!isObject(at[part])) at[part] = {};
    at = at[part] as Settings;
  }
  at[leaf] = value;
}

/** Where the one secret goes that most people have: `apiKey`, or `auth.token`. */
function firstSecret(schema: Schema, secrets: readonly string[]): string | undefined {
  const [name] = secrets;
  if (name === undefined) return undefined;
  const [variant] = variants(schema.properties?.[name] ?? {});
  const leaf = Object.keys(variant?.properties ?? {}).find((key) => SECRET.test(key));
  return leaf ? `${name}.${leaf}` : name;
}

/** What can only have one value need not be typed: of several kinds, the one that the given settings belong to. */
function fillConstants(schema: Schema, settings: Settings): void {
  const given = (variant: Schema) => (variant.required ?? []).every((key) => settings[key] !== undefined || variant.properties?.[key]?.const !== undefined);
  const variant = variants(schema).find(given);
  for (const [key, property] of Object.entries(variant?.properties ?? {}))
    if (property.const !== undefined && variant?.required?.includes(key)) settings[key] ??= property.const;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const value = settings[key];
    if (isObject(value)) fillConstants(property, value);
  }
}

function split(pair: string, option: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw wrong(`${option} wants KEY=VALUE, not ${pair}.`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

async function readJson(from: string): Promise<Settings> {
  const source = from === '-' ? await text(process.stdin) : fs.readFileSync(from, 'utf8');
  try {
    const value: unknown = JSON.parse(source);
    if (isObject(value)) return value;
  } catch {
    // Said below, without the text: it holds secrets.
  }
  throw wrong('--settings wants a JSON object.');
}

/** Asks for what the platform needs and nobody gave: the first kind of sign-in, where there are several. Secrets are not echoed. */
async function prompt(schema: Schema, secrets: readonly string[], settings: Settings, path: string): Promise<void> {
  const [variant] = variants(schema);
  for (const [key, property] of Object.entries(variant?.properties ?? {})) {
    if (property.const !== undefined || !(variant?.required?.includes(key) || key === 'url')) continue;
    const inner = variants(property)[0];
    if (inner?.properties) {
      const value = isObject(settings[key]) ? settings[key] : {};
      settings[key] = value;
      await prompt(property, secrets, value, `${path}${key} `);
    } else if (settings[key] === undefined)
      settings[key] = await ask(`${path}${property.description ?? key}`, SECRET.test(key) || (path === '' && secrets.includes(key)));
  }
}

async function ask(label: string, hidden: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = readline.createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
  if (hidden) process.stderr.write(`${label}: `);
  const answer = (await asking.question(hidden ? '' : `${label}: `)).trim();
  asking.close();
  if (hidden) process.stderr.write('\n');
  return answer;
}
