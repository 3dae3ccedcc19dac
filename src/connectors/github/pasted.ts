const PASTED = /^\/(?:user-attachments\/(?:assets\/[\w-]+|files\/\d+\/[^/?#]+)|[^/]+\/[^/]+\/(?:assets\/\d+\/[\w-]+|files\/\d+\/[^/?#]+))$/;

/** The address of a file that somebody pasted into a text in GitHub's page; undefined: it is something else. */
export function pastedAt(origin: string, address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.origin === origin && PASTED.test(url.pathname)) return url.origin + url.pathname;
  return url.origin === 'https://user-images.githubusercontent.com' && origin === 'https://github.com' ? url.origin + url.pathname : undefined;
}

/** Addresses of pasted files in a text. */
export const pastedIn = (origin: string, source: string | null): string[] => [
  ...new Set((source ?? '').match(/https?:\/\/[^\s<>"')\]]+/g)?.flatMap((address) => pastedAt(origin, address) ?? []) ?? []),
];
/** A picture's address tells neither its name nor its type. */
export const isNameless = (address: string): boolean => !/\.[^./]{1,10}$/.test(address);

const EXTENSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'image/png': 'png',
    'image/jpeg': 'jpg',
    'image/gif': 'gif',
    'image/webp': 'webp',
    'image/svg+xml': 'svg',
    'video/mp4': 'mp4',
    'video/quicktime': 'mov',
    'video/webm': 'webm',
  }),
);

/** A name for a picture: GitHub keeps only what it was called, as its description. */
export function pictureName(address: string, alt: string, kind: string | undefined): string {
  const said = alt.replace(/[\p{Cc}\\/:*?"<>|]+/gu, ' ').trim();
  const base = said === '' || /^image$/i.test(said) ? `image-${address.split('/').at(-1)?.slice(0, 8)}` : said;
  const extension = EXTENSIONS.get(kind ?? '');
  return extension === undefined || base.toLowerCase().endsWith(`.${extension}`) ? base : `${base}.${extension}`;
}
