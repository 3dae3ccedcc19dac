const UNKNOWN = 'application/octet-stream';
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    webp: 'image/webp',
    svg: 'image/svg+xml',
    bmp: 'image/bmp',
    mp4: 'video/mp4',
    mov: 'video/quicktime',
    webm: 'video/webm',
    mp3: 'audio/mpeg',
    pdf: 'application/pdf',
    zip: 'application/zip',
    gz: 'application/gzip',
    json: 'application/json',
    xml: 'application/xml',
    csv: 'text/csv',
    html: 'text/html',
    txt: 'text/plain',
    log: 'text/plain',
    md: 'text/markdown',
  }),
);

/** The media type that a file's name speaks of, for trackers that tell none; `application/octet-stream` when it speaks of none. */
export const mediaTypeOf = (name: string): string => TYPES.get(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? UNKNOWN;
