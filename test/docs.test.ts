import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { madeDocs, staleDocs } from '../scripts/docs.ts';
import { ERRORS } from '../src/core/errors.ts';
import { SYNC_RULES } from '../src/core/sync-rule.ts';
import { createApp } from '../src/server/app.ts';
import type { Authentication } from '../src/server/authentication.ts';
import { describeApi } from '../src/server/describe.ts';
import type { OperationsFor } from '../src/server/operations.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
/** Where packages come from. Put together, so that this file does not name them itself. */
const REGISTRIES = new RegExp(
  ['registry|npmjs|org', 'registry|yarnpkg|com', 'npm|pkg|github|com', 'registry|npmmirror|com', 'npm|jsr|io']
    .map((host) => host.replaceAll('|', '\\.'))
    .join('|'),
  'g',
);
const NOT_OURS = new Set(['node_modules', '.git', '.data', 'dist', 'test-results', 'coverage']);

/** Every file below a folder, by its path from the root. */
function below(folder = ''): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    return NOT_OURS.has(entry.name) ? [] : entry.isDirectory() ? below(name) : entry.isFile() ? [name] : [];
  });
}

/** What git tracks: notes that a developer keeps in the checkout are no concern of ours. In an unpacked archive, every file. */
function files(): string[] {
  if (!fs.existsSync(path.join(root, '.git'))) return below();
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  return tracked.filter((file) => file !== '' && fs.lstatSync(path.join(root, file), { throwIfNoEntry: false })?.isFile());
}
const texts = files().filter((file) => !/\.(png|ico|woff2)$/.test(file));
const guides = texts.filter((file) => file.endsWith('.md'));
/** Names in backquotes in the first column of a guide's tables. */
const named = (file: string): string[] =>
  [...read(file).matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

test('the errors and the table of capabilities in docs/ are those of the code (make docs)', () => {
  for (const [file, text] of Object.entries(madeDocs())) expect(read(file), file).toBe(text);
});

test('what is not what the code says is named: changed by hand, or not there', () => {
  const made = { 'a.md': 'one', 'b.md': 'two', 'c.md': 'three' };
  expect(staleDocs(made, (file) => ({ 'a.md': 'one', 'b.md': 'by hand' })[file] ?? null)).toEqual(['b.md', 'c.md']);
});

test('docs/errors.md has every code, once', () => {
  expect(named('docs/errors.md').toSorted()).toEqual(Object.keys(ERRORS).toSorted());
});

test('docs/openapi.json is what the server says of itself (make docs)', async () => {
  expect(read('docs/openapi.json')).toBe(await describeApi());
});

test('the console’s types are those of docs/openapi.json (make docs)', () => {
  const made = execFileSync('node_modules/.bin/openapi-typescript', ['docs/openapi.json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(read('console/src/api.gen.d.ts').trim()).toBe(made.trim());
}, 60_000);

test('every route of the API is described', async () => {
  const nothing = new Proxy({}, { get: () => () => Promise.reject(new Error('called')) });
  const app = await createApp({ operations: nothing as OperationsFor, authentication: nothing as Authentication, url: 'http://127.0.0.1:4700', version: '0' });
  await app.ready();
  const routes: string[] = [];
  const above: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods = ''] = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \((.+)\))?/.exec(line) ?? [];
    if (!part) continue;
    const depth = indent.length / 4;
    above.splice(depth, above.length, part);
    const url = above.join('').replaceAll(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ').filter((name) => name !== '' && name !== 'HEAD')) routes.push(`${method} ${url}`);
  }
  await app.close();
  const { paths } = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(paths).flatMap(([url, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${url}`));
  expect(described.length).toBeGreaterThan(15);
  // Trackers call this one, each in its own way.
  expect(routes.filter((route) => !described.includes(route))).toEqual(['POST /hooks/{id}']);
});

test('the README begins with the two commands that everybody needs', () => {
  const [, block] = /```\n(.*?)```/s.exec(read('README.md')) ?? [];
  expect(block).toBe('make demo\nmake test\n');
});

test('every sync rule is explained, and none that does not exist', () => {
  const explained = named('docs/sync-rules.md');
  expect(explained.toSorted()).toEqual([...SYNC_RULES].toSorted());
});

test('every environment variable is documented, and none that nothing reads', () => {
  const code = texts.filter((file) => /^(src|e2e|test|simulators|bench|scripts)\/.*\.(ts|mjs|sh)$/.test(file) && file !== 'test/docs.test.ts').map(read);
  const asked = code.flatMap((text) => [...text.matchAll(/\benv\.([A-Z][A-Z_]+)\b|\$\{([A-Z_]+):-/g)].map(([, a, b]) => a ?? b ?? ''));
  const documented = named('docs/configuration.md');
  const system = ['TMPDIR', 'PATH', 'HOME', 'TOKEN'];
  expect([...new Set(asked)].filter((name) => !documented.includes(name) && !system.includes(name))).toEqual([]);
  expect(documented.filter((name) => /^[A-Z_]+$/.test(name) && !code.some((text) => text.includes(name)))).toEqual([]);
});

test('every dependency has a line that says why, and none is named that is not there', () => {
  const packages = ['package.json', 'console/package.json'].flatMap((file) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>;
    return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  });
  const explained = named('docs/dependencies.md');
  const fits = (name: string, pattern: string) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
  expect(packages.filter((name) => !explained.some((pattern) => fits(name, pattern)))).toEqual([]);
  expect(explained.filter((pattern) => !packages.some((name) => fits(name, pattern)))).toEqual([]);
});

test('every command of the command line is documented', () => {
  const help = (...args: string[]) => execFileSync(path.join(root, 'bin', 'entente'), [...args, '--help'], { cwd: root, encoding: 'utf8' });
  const commands = (text: string) =>
    [...text.matchAll(/^ {2}([a-z]+)( \[options\])?( [<[].*?[>\]])* {2,}/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  const top = commands(help());
  expect(top).toContain('sync');
  // A command that has commands of its own lists them.
  const all = top.flatMap((name) => {
    const subs = commands(help(name).split('\nCommands:\n')[1] ?? '');
    return subs.length > 0 ? subs.map((sub) => `${name} ${sub}`) : [name];
  });
  const documented = named('docs/cli.md').map((command) => command.replace(/ (?:[A-Z-].*)$/, ''));
  expect(all.filter((command) => !documented.includes(command))).toEqual([]);
  expect(documented.filter((command) => !all.includes(command))).toEqual([]);
}, 60_000);

test('every link of a guide leads to a file that exists', () => {
  const broken = guides.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !fs.existsSync(path.join(root, path.dirname(file), target)))
      .map((target) => `${file}: ${target}`),
  );
  expect(guides.length).toBeGreaterThan(15);
  expect(broken).toEqual([]);
});

test('nothing names a folder of somebody’s machine, or where somebody gets packages from', () => {
  const parent = path.dirname(root);
  const places = [root, ...(['/', '/tmp', '/root', '/home', '/opt', '/srv', '/var'].includes(parent) ? [] : [`${parent}/`])];
  const found = texts.flatMap((file) => {
    const text = read(file);
    const words = [...places.filter((place) => text.includes(place)), ...(text.match(/(?<![\w.])\/(?:home|Users)\/[a-z]\w*\//g) ?? [])];
    const hosts = text.toLowerCase().match(REGISTRIES) ?? [];
    return [...words, ...hosts].map((word) => `${file}: ${word}`);
  });
  expect(found).toEqual([]);
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string; link?: boolean }> };
  expect(Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && !link)).toEqual([]);
  expect(texts.filter((file) => path.basename(file) === '.npmrc' && /registry/.test(read(file)))).toEqual([]);
});

test('every test that docs/security.md names is there', () => {
  const rows = [...read('docs/security.md').matchAll(/\| `([^`]+\.test\.ts)`: ([^|]+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(12);
  for (const [, file = '', name = ''] of rows) expect([file, name, read(file).includes(`'${name}'`)]).toEqual([file, name, true]);
});
