import type { Answer } from '../http/answer.ts';
import type { Call } from './call.ts';
import { badParameter } from './errors.ts';

const whole = (call: Call, name: string, fallback: number): number => {
  const given = call.query.get(name);
  if (given === null || given === '') return fallback;
  if (!/^\d+$/.test(given) || Number(given) < 1) throw badParameter(`${name} does not have a valid value`);
  return Number(given);
};

/** One page of a list, by number, with the vendor's headers. Beyond 10,000 entries the totals are left out. */
export function paged<T>(call: Call, all: readonly T[], show: (one: T) => unknown): Answer {
  if (call.query.get('pagination') === 'keyset') return { status: 405, json: { error: 'Keyset pagination is not yet available for this type of request' } };
  const page = whole(call, 'page', 1);
  const perPage = Math.min(100, whole(call, 'per_page', 20));
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const at = (number: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(number));
    query.set('per_page', String(perPage));
    return `<${call.site.url}${call.path}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 && page <= pages ? [at(page - 1, 'prev')] : []),
    ...(page < pages ? [at(page + 1, 'next')] : []),
    at(1, 'first'),
    at(pages, 'last'),
  ];
  return {
    status: 200,
    json: all.slice((page - 1) * perPage, page * perPage).map(show),
    headers: {
      link: links.join(', '),
      'x-page': String(page),
      'x-per-page': String(perPage),
      'x-next-page': page < pages ? String(page + 1) : '',
      'x-prev-page': page > 1 ? String(page - 1) : '',
      ...(all.length > 10_000 ? {} : { 'x-total': String(all.length), 'x-total-pages': String(pages) }),
    },
  };
}

/** A list sorted by a time; equal times by id, the newest first. */
export function sorted<T extends { id: number }>(list: readonly T[], by: keyof T, ascending: boolean): T[] {
  return [...list].sort((a, b) => {
    const order = String(a[by]) < String(b[by]) ? -1 : String(a[by]) > String(b[by]) ? 1 : 0;
    return (ascending ? order : -order) || b.id - a.id;
  });
}
