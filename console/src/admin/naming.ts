/** A short name as the API takes it: 1 to 40 lower-case letters, digits or hyphens. */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

const toSlug = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');

const GENERIC = /^(www|support|help|helpdesk|desk|issues|tickets|tracker|localhost)$/;

/**
 * A short name for an instance: what its address says (`acme` of `https://acme.example.com`, or the address itself when it is one word), else what its site is called; a number behind it when
 * the name is taken.
 */
export function proposeSlug(url: string, site: string, taken: readonly string[]): string {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const labels = /^[\d.]+$|:/.test(host) ? [] : host.split('.').slice(0, -1);
  const label = labels.find((it) => !GENERIC.test(it)) ?? (/^[a-z0-9-]+$/i.test(url) ? url : '');
  const base = toSlug(label) || toSlug(site) || 'instance';
  for (let i = 1; ; i++) {
    const slug = i === 1 ? base : `${base.slice(0, 37)}-${i}`;
    if (!taken.includes(slug)) return slug;
  }
}
