import { strFromU8, unzipSync } from 'fflate';
import { isObject, textOf } from './values.ts';

/** An app's zip file, read. */
export interface AppPackage {
  manifest: Manifest;
  /** The name in the translation of the default language. */
  name: string;
  /** Markup of `assets/icon_nav_bar.svg`, when the app is in the bar. */
  icon: string | null;
}

export interface Manifest {
  name?: string;
  author: { name?: string; email?: string; url?: string };
  version?: string;
  frameworkVersion: string;
  signedUrls: boolean;
  private: boolean;
  /** Of the page in the bar of Support; null: the app has none there. */
  navBar: string | null;
  parameters: { name: string; kind: string; required: boolean; secure: boolean; default_value: unknown }[];
}

/** Why the vendor would refuse the package: every fault, in words. */
export class PackageRefused extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

const MAX_BYTES = 20_000_000;
const LOCATIONS = [
  'top_bar',
  'nav_bar',
  'ticket_sidebar',
  'new_ticket_sidebar',
  'user_sidebar',
  'organization_sidebar',
  'background',
  'modal',
  'ticket_editor',
  'system_top_bar',
];
const PRODUCTS = ['support', 'chat', 'sell'];
const PARAMETERS = ['text', 'password', 'checkbox', 'url', 'number', 'multiline', 'hidden', 'oauth', 'dropdown'];
const BOOLEANS = ['private', 'singleInstall', 'signedUrls', 'requirementsOnly', 'marketingOnly'];
const LOGOS = { 'assets/logo.png': 320, 'assets/logo-small.png': 128 };

/** Reads an app's zip file by the rules of the vendor's reference of the manifest and of its file requirements. Throws `PackageRefused`. */
export function readPackage(zip: Buffer): AppPackage {
  const files = unpack(zip);
  const text = files['manifest.json'];
  if (!text) {
    const nested = Object.keys(files).find((name) => /^[^/]+\/manifest\.json$/.test(name));
    throw new PackageRefused([
      nested ? `manifest.json has to be at the root of the package; it was found at ${nested}.` : 'Could not find manifest.json in the package.',
    ]);
  }
  const manifest = object(text, 'manifest.json');
  const problems: string[] = [];
  const say = (problem: string | false | null | undefined) => problem && problems.push(problem);
  for (const key of ['author', 'defaultLocale', 'location', 'frameworkVersion'])
    say(manifest[key] === undefined && `Missing required field in manifest: ${key}.`);
  for (const key of BOOLEANS) say(manifest[key] !== undefined && typeof manifest[key] !== 'boolean' && `${key} has to be true or false.`);
  say(manifest.frameworkVersion !== undefined && manifest.frameworkVersion !== '2.0' && `frameworkVersion ${textOf(manifest.frameworkVersion)} is not 2.0.`);
  say(manifest.version !== undefined && typeof manifest.version !== 'string' && 'version has to be text.');
  const author = isObject(manifest.author) ? manifest.author : {};
  for (const key of ['name', 'email', 'url']) say(author[key] !== undefined && typeof author[key] !== 'string' && `author ${key} has to be text.`);
  say(author.url !== undefined && !URL.canParse(textOf(author.url)) && 'author url is not a web address.');
  const name = translatedName(files, manifest.defaultLocale, say);
  const navBar = locations(manifest.location, files, say);
  const icon = navBar === null ? null : iconOf(files, say);
  for (const [logo, size] of Object.entries(LOGOS)) {
    const png = files[logo];
    say(!png ? `Could not find ${logo}.` : pngSize(png) !== `${size}x${size}` && `${logo} has to be a PNG of ${size} by ${size} pixels.`);
  }
  const parameters = parametersOf(manifest.parameters, say);
  if (problems.length > 0) throw new PackageRefused(problems);
  return {
    manifest: {
      ...(typeof manifest.name === 'string' ? { name: manifest.name } : {}),
      author: author as Manifest['author'],
      ...(typeof manifest.version === 'string' ? { version: manifest.version } : {}),
      frameworkVersion: '2.0',
      signedUrls: manifest.signedUrls === true,
      private: manifest.private !== false,
      navBar,
      parameters,
    },
    name,
    icon,
  };
}

type Say = (problem: string | false | null | undefined) => unknown;
type Files = Record<string, Uint8Array>;

function unpack(zip: Buffer): Files {
  try {
    let total = 0;
    return unzipSync(new Uint8Array(zip), {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        return !name.endsWith('/') && total <= MAX_BYTES;
      },
    });
  } catch {
    throw new PackageRefused(['The file is not a zip file.']);
  }
}

function object(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(strFromU8(bytes));
    if (isObject(value)) return value;
  } catch {
    // Falls through to the refusal.
  }
  throw new PackageRefused([`${name} is not a JSON object.`]);
}

function translatedName(files: Files, locale: unknown, say: Say): string {
  if (typeof locale !== 'string') return '';
  if (!/^[a-z]{2}(-\w{2,3})?$/.test(locale)) say(`${locale} is no default locale.`);
  const file = files[`translations/${locale}.json`];
  if (!file) {
    say(`Missing translation file for the default locale: translations/${locale}.json.`);
    return '';
  }
  const { app } = object(file, `translations/${locale}.json`);
  const name = isObject(app) ? app.name : undefined;
  say((typeof name !== 'string' || name === '') && `translations/${locale}.json lacks app.name.`);
  return String(name);
}

/** The page in the bar of Support. */
function locations(given: unknown, files: Files, say: Say): string | null {
  if (given === undefined) return null;
  if (!isObject(given)) {
    say('With framework version 2.0 location has to be an object of products.');
    return null;
  }
  let navBar: string | null = null;
  for (const [product, places] of Object.entries(given)) {
    if (!PRODUCTS.includes(product)) say(`${product} is no product.`);
    for (const [place, options] of Object.entries(isObject(places) ? places : {})) {
      if (product === 'support' && !LOCATIONS.includes(place)) say(`${place} is no location of Support.`);
      const url = isObject(options) ? options.url : options;
      if (typeof url !== 'string' || url === '') say(`The location ${place} has no URL.`);
      else if (!mayShow(url, files)) say(`${url} is not an https address, an address at localhost, or a file of assets/.`);
      else if (product === 'support' && place === 'nav_bar') navBar = url;
    }
  }
  return navBar;
}

function mayShow(url: string, files: Files): boolean {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) return url.startsWith('assets/') && files[url.split('?')[0] ?? ''] !== undefined;
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost');
}

function iconOf(files: Files, say: Say): string | null {
  const file = files['assets/icon_nav_bar.svg'];
  if (!file) {
    say('An app in the bar needs assets/icon_nav_bar.svg.');
    return null;
  }
  const icon = strFromU8(file);
  say(!/^\s*<svg\b[^>]*\bviewBox="/.test(icon) && 'assets/icon_nav_bar.svg has to be an SVG with a viewBox.');
  say(/<script|\bon\w+\s*=|javascript:|<foreignObject/i.test(icon) && 'assets/icon_nav_bar.svg holds what an icon may not.');
  return icon;
}

const pngSize = (file: Uint8Array): string => {
  const bytes = Buffer.from(file);
  return bytes.subarray(1, 4).toString('latin1') === 'PNG' && bytes.length > 24 ? `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}` : '';
};

function parametersOf(given: unknown, say: Say): Manifest['parameters'] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    say('parameters has to be a list.');
    return [];
  }
  const names = new Set<unknown>();
  return given.filter(isObject).map((it) => {
    const name = String(it.name);
    say(names.has(it.name) && `The parameter ${name} is there twice.`);
    names.add(it.name);
    say(name === 'name' && 'A parameter may not be called name.');
    say(!PARAMETERS.includes(String(it.type)) && `${String(it.type)} is no type of a parameter.`);
    say(it.type === 'hidden' && it.required === true && `The hidden parameter ${name} may not be required.`);
    for (const key of ['required', 'secure'])
      say(it[key] !== undefined && typeof it[key] !== 'boolean' && `parameters.${name}.${key} has to be true or false.`);
    return { name, kind: String(it.type), required: it.required === true, secure: it.secure === true, default_value: it.default ?? null };
  });
}
