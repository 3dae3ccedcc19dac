import type { Answer } from '../http/answer.ts';
import type { Call } from './call.ts';
import { ApiError } from './errors.ts';

/** The page that was asked for, and the `link` header by which the next ones are found. Values that make no sense count as absent, as with the vendor. */
export function pageOf<T>(call: Call, all: readonly T[], perPageDefault = 30): { items: T[]; headers: Record<string, string> } {
  const number = (name: string, fallback: number, max: number) => {
    const value = Number(call.query.get(name));
    return Number.isInteger(value) && value > 0 ? Math.min(value, max) : fallback;
  };
  const size = number('per_page', perPageDefault, 100);
  const page = number('page', 1, Number.MAX_SAFE_INTEGER);
  const last = Math.max(1, Math.ceil(all.length / size));
  const links: string[] = [];
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    links.push(`<${call.hub.apiUrl}${canonical(call)}?${query.toString()}>; rel="${rel}"`);
  };
  if (page > 1) link(Math.min(page - 1, last), 'prev');
  if (page < last) {
    link(page + 1, 'next');
    link(last, 'last');
  }
  if (page > 1) link(1, 'first');
  return { items: all.slice((page - 1) * size, page * size), headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

/** Of a list that goes on after what `keyOf` names, whatever has moved since. The number of a page does for the first ones only. */
export function pagedByCursor<T>(call: Call, all: readonly T[], keyOf: (one: T) => string, show: (one: T) => unknown): Answer {
  const { hub, query } = call;
  const cursor = query.get('after');
  const numbered = pageOf(call, all);
  const size = sizeOf(call);
  if (cursor === null && Number(query.get('page')) * size > hub.settings.pagedIssues && all.length > hub.settings.pagedIssues)
    throw new ApiError(422, 'Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)');
  const at = cursor === null ? -1 : all.findIndex((one) => keyOf(one) === Buffer.from(cursor, 'base64').toString('utf8'));
  if (cursor !== null && at < 0) throw new ApiError(422, 'The cursor is not valid.');
  const items = cursor === null ? numbered.items : all.slice(at + 1, at + 1 + size);
  const last = items.at(-1);
  if (last === undefined || last === all.at(-1)) return { status: 200, json: items.map(show) };
  const next = new URLSearchParams(query);
  next.set('after', Buffer.from(keyOf(last)).toString('base64'));
  next.set('page', String((Number(query.get('page')) || 1) + 1));
  return { status: 200, headers: { link: `<${hub.apiUrl}${canonical(call)}?${next.toString()}>; rel="next"` }, json: items.map(show) };
}

function sizeOf({ query }: Call): number {
  const size = Number(query.get('per_page'));
  return Number.isInteger(size) && size > 0 ? Math.min(size, 100) : 30;
}

/** A page as the whole answer. */
export function paged<T>(call: Call, all: readonly T[], show: (one: T) => unknown): Answer {
  const { items, headers } = pageOf(call, all);
  return { status: 200, headers, json: items.map(show) };
}

/** Links go by the repository's id, so that they hold when it is renamed. */
function canonical({ hub, path, params }: Call): string {
  const repo = hub.repos.find(({ owner, name }) => name === params.repo && hub.users.some((user) => user.id === owner && user.login === params.owner));
  return repo && path.startsWith('/repos/')
    ? `/repositories/${repo.id}${path
        .split('/')
        .slice(4)
        .map((part) => `/${part}`)
        .join('')}`
    : path;
}
