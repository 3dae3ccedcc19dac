import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Description, DescriptionSource } from '../http/description.ts';
import type { Route } from './call.ts';
import { BEYOND_DESCRIPTION, CORRECTIONS, UNDESCRIBED } from './overlay.ts';
import { soundNulls } from './sound-nulls.ts';

/** GitHub's own description of its API, of which only the simulated part is read: the rest would take seconds to prepare. */
export const githubDescription = (routes: readonly Pick<Route, 'method' | 'path'>[]): DescriptionSource => ({
  vendor: 'github',
  load: () => slice(routes),
  corrections: CORRECTIONS,
  undescribed: UNDESCRIBED,
  beyond: BEYOND_DESCRIPTION,
});

function slice(routes: readonly Pick<Route, 'method' | 'path'>[]): Description {
  const file = fileURLToPath(new URL('../../node_modules/@octokit/openapi/generated/api.github.com.json', import.meta.url));
  if (!existsSync(file)) return { absent: 'the package @octokit/openapi is not installed: nothing is held against the vendor’s description' };
  const whole: Description = JSON.parse(readFileSync(file, 'utf8'));
  const wanted = new Map(routes.map((route) => [`${route.method.toLowerCase()} ${shape(route.path)}`, route]));
  const paths: Description = {};
  for (const [path, operations] of Object.entries<Description>(whole.paths)) {
    for (const [method, operation] of Object.entries<Description>(operations)) {
      if (!wanted.has(`${method} ${shape(path)}`)) continue;
      paths[path] ??= {};
      paths[path][method] = operation;
    }
  }
  const part: Description = { openapi: whole.openapi, info: whole.info, paths, components: {} };
  const seen = new Set<string>();
  const follow = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, value] of Object.entries(node)) {
      if (name === 'examples' || name === 'example') continue;
      if (name === '$ref' && typeof value === 'string') take(value);
      else follow(value);
    }
  };
  const take = (reference: string): void => {
    if (seen.has(reference)) return;
    seen.add(reference);
    const [, , kind = '', name = ''] = reference.split('/');
    const target = whole.components[kind]?.[name];
    part.components[kind] ??= {};
    part.components[kind][name] = target;
    follow(target);
  };
  follow(paths);
  soundNulls(part);
  return part;
}

/** Names of parameters do not count. */
const shape = (path: string): string => path.replace(/\{[^}]+\}|:[^/]+/g, '*');
