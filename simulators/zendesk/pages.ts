import { ApiError, badPage } from './errors.ts';

/** What a list is sorted by; ties are broken by id. */
export interface Order<T> {
  key: (item: T) => string | number;
  id: (item: T) => number;
  descending?: boolean;
}

const OFFSET_LIMIT = 10_000;

/**
 * One page of a list with its paging members: by cursor where the request says `page[…]`, else by offset. Throws 400 for a page size outside
 * 1–100, a cursor that is none, and offsets beyond 10,000 records.
 */
export function paginate<T>(items: T[], order: Order<T>, query: URLSearchParams, url: string): { page: T[]; paging: Record<string, unknown> } {
  const sign = order.descending ? -1 : 1;
  const sorted = items.toSorted((a, b) => sign * compare([order.key(a), order.id(a)], [order.key(b), order.id(b)]));
  return ['page[size]', 'page[after]', 'page[before]'].some((name) => query.has(name)) ? byCursor(sorted, order, query, url) : byOffset(sorted, query, url);
}

function byCursor<T>(sorted: T[], order: Order<T>, query: URLSearchParams, url: string) {
  const size = pageSize(query.get('page[size]'), 'page[size]');
  const sign = order.descending ? -1 : 1;
  const positionOf = (item: T): Position => [order.key(item), order.id(item)];
  const after = query.get('page[after]');
  const before = query.get('page[before]');
  let rest = sorted;
  if (after) rest = sorted.filter((item) => sign * compare(positionOf(item), decode(after)) > 0);
  if (before) rest = sorted.filter((item) => sign * compare(positionOf(item), decode(before)) < 0).slice(-size);
  const page = rest.slice(0, size);
  const first = page[0];
  const last = page.at(-1);
  const afterCursor = last === undefined ? null : encode(positionOf(last));
  const beforeCursor = first === undefined ? null : encode(positionOf(first));
  const hasMore = rest.length > size;
  const link = (name: string, cursor: string) => withQuery(url, query, { 'page[after]': null, 'page[before]': null, [name]: cursor });
  return {
    page,
    paging: {
      meta: { has_more: hasMore, after_cursor: afterCursor, before_cursor: beforeCursor },
      links: {
        next: hasMore && afterCursor ? link('page[after]', afterCursor) : null,
        prev: after && beforeCursor ? link('page[before]', beforeCursor) : null,
      },
    },
  };
}

function byOffset<T>(sorted: T[], query: URLSearchParams, url: string) {
  const size = Math.min(100, Math.max(1, Number(query.get('per_page')) || 100));
  const number = Math.max(1, Math.trunc(Number(query.get('page'))) || 1);
  if (number * size > OFFSET_LIMIT) {
    throw new ApiError(400, {
      error: 'InvalidPaginationDepth',
      description: `Offset pagination reaches the first ${OFFSET_LIMIT} records only: use cursor pagination.`,
    });
  }
  const page = sorted.slice((number - 1) * size, number * size);
  const next = number * size < sorted.length ? withQuery(url, query, { page: String(number + 1) }) : null;
  const previous = number > 1 ? withQuery(url, query, { page: String(number - 1) }) : null;
  return { page, paging: { count: sorted.length, next_page: next, previous_page: previous } };
}

/** The address with some parameters replaced, or taken away (null). */
export function withQuery(url: string, query: URLSearchParams, changes: Record<string, string | null>): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  return text === '' ? url : `${url}?${text}`;
}

type Position = [string | number, number];

function compare(a: Position, b: Position): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] - b[1];
}

function encode(position: Position): string {
  return Buffer.from(JSON.stringify({ o: 'position', v: position })).toString('base64url');
}

function decode(cursor: string): Position {
  try {
    const { v } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { v: Position };
    if (Array.isArray(v) && v.length === 2) return v;
  } catch {
    // Falls through to the refusal.
  }
  throw badPage('The cursor is invalid');
}

function pageSize(text: string | null, name: string): number {
  if (text === null) return 100;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1 || size > 100) throw badPage(`${name} must be between 1 and 100`);
  return size;
}
