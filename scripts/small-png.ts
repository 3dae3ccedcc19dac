import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

/**
 * A picture of a page again with 256 colours at most, about a third of the size: pages have few colours, and shades between two of them in letters.
 * `most`: how many lines of it, from the top.
 */
export function smallPng(source: Buffer, most = Number.POSITIVE_INFINITY): Buffer {
  const { width, height: whole, data: all } = PNG.sync.read(source);
  const height = Math.min(whole, most);
  const data = all.subarray(0, width * height * 4);
  const counts = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = choose([...counts], 256);
  const index = new Map<number, number>();
  for (const colour of counts.keys()) index.set(colour, nearest(palette, colour));
  // Each line begins with its filter: none, which suits numbers of colours.
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = index.get(data.readUIntBE((y * width + x) * 4, 3)) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(parts))),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const parts = (colour: number): [number, number, number] => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** Median cut: the box with most to lose is halved until there are enough; each box is then its mean. */
function choose(colours: [number, number][], most: number): number[] {
  let boxes = [box(colours)];
  while (boxes.length < most) {
    const widest = boxes.reduce((a, b) => (b.loss > a.loss ? b : a));
    if (widest.loss === 0) break;
    const sorted = widest.colours.toSorted(([a], [b]) => (parts(a)[widest.axis] ?? 0) - (parts(b)[widest.axis] ?? 0));
    const half = sorted.reduce((sum, [, count]) => sum + count, 0) / 2;
    let seen = 0;
    let cut = sorted.findIndex(([, count]) => {
      seen += count;
      return seen >= half;
    });
    cut = Math.min(Math.max(cut, 1), sorted.length - 1);
    boxes = [...boxes.filter((one) => one !== widest), box(sorted.slice(0, cut)), box(sorted.slice(cut))];
  }
  return boxes.map(({ colours: members }) => {
    // A colour that fills areas stays exactly as it is.
    const [common, times] = members.reduce((a, b) => (b[1] > a[1] ? b : a));
    const total = members.reduce((sum, [, count]) => sum + count, 0);
    if (times > total / 2) return common;
    const mean = [0, 1, 2].map((axis) => Math.round(members.reduce((sum, [colour, count]) => sum + (parts(colour)[axis] ?? 0) * count, 0) / total));
    return ((mean[0] ?? 0) << 16) | ((mean[1] ?? 0) << 8) | (mean[2] ?? 0);
  });
}

function box(colours: [number, number][]): { colours: [number, number][]; axis: 0 | 1 | 2; loss: number } {
  const spread = ([0, 1, 2] as const).map((axis) => {
    const values = colours.map(([colour]) => parts(colour)[axis] ?? 0);
    return values.reduce((a, b) => Math.max(a, b), 0) - values.reduce((a, b) => Math.min(a, b), 255);
  });
  const axis = ([0, 1, 2] as const).reduce((a, b) => ((spread[b] ?? 0) > (spread[a] ?? 0) ? b : a));
  return { colours, axis, loss: colours.length < 2 ? 0 : (spread[axis] ?? 0) * Math.sqrt(colours.reduce((sum, [, count]) => sum + count, 0)) };
}

function nearest(palette: readonly number[], colour: number): number {
  const [r, g, b] = parts(colour);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [n, other] of palette.entries()) {
    const [r2, g2, b2] = parts(other);
    const far = 3 * (r - r2) ** 2 + 6 * (g - g2) ** 2 + (b - b2) ** 2;
    if (far < least) [best, least] = [n, far];
  }
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
