import { crc32, deflateSync } from 'node:zlib';

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];
const BLUE: Pixel = [0x4c, 0x5f, 0xe0, 255];
const INK: Pixel = [0x1c, 0x1d, 0x22, 255];
const NONE: Pixel = [255, 255, 255, 0];

/** The product's mark, two tiles and the link between them, in a box of 32 by 32. */
const TILE = { y: 9, side: 14, round: 4 } as const;
const [LEFT, RIGHT] = [1, 17];
const LINK = { x: 8, y: 14, width: 16, height: 4 } as const;

/** For the bar of icons, which gives it the account's colours: one colour, cut out where the tiles meet the link. Zendesk asks for an SVG with a view box, and shows it at 18 by 18. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18"><rect x="0.5" y="5" width="8" height="8" rx="2.25"/><path d="M11.75 5h3.5a2.25 2.25 0 0 1 2.25 2.25v3.5a2.25 2.25 0 0 1-2.25 2.25h-3.5a2.25 2.25 0 0 1-2.25-2.25v-3.5a2.25 2.25 0 0 1 2.25-2.25zm0 1.5a.75.75 0 0 0-.75.75v3.5a.75.75 0 0 0 .75.75h3.5a.75.75 0 0 0 .75-.75v-3.5a.75.75 0 0 0-.75-.75z"/><path d="M8 8h2v2h-2z"/></svg>
`;

const inTile = (x: number, y: number, left: number): boolean => {
  const { y: top, side, round } = TILE;
  if (x < left || x >= left + side || y < top || y >= top + side) return false;
  const dx = Math.max(left + round - x, x - (left + side - round), 0);
  const dy = Math.max(top + round - y, y - (top + side - round), 0);
  return dx * dx + dy * dy <= round * round;
};
const inLink = (x: number, y: number): boolean => x >= LINK.x && x < LINK.x + LINK.width && y >= LINK.y && y < LINK.y + LINK.height;
const colourAt = (x: number, y: number): Pixel => (inTile(x, y, RIGHT) ? INK : inTile(x, y, LEFT) || inLink(x, y) ? BLUE : NONE);

const drawn = new Map<number, Buffer>();

/** The mark as a PNG of `size` by `size` pixels, on nothing. */
export function drawMark(size: number): Buffer {
  const known = drawn.get(size) ?? draw(size);
  drawn.set(size, known);
  return known;
}

function draw(size: number): Buffer {
  const fine = 3;
  const row = 1 + size * 4;
  const rows = Buffer.alloc(size * row);
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const sum = [0, 0, 0, 0] as [number, number, number, number];
      for (let part = 0; part < fine * fine; part += 1) {
        const at = (pixel: number, within: number) => ((pixel + (within + 0.5) / fine) * 32) / size;
        const [red, green, blue, alpha] = colourAt(at(x, part % fine), at(y, Math.floor(part / fine)));
        sum[0] += red * alpha;
        sum[1] += green * alpha;
        sum[2] += blue * alpha;
        sum[3] += alpha;
      }
      const weight = sum[3] || 1;
      rows.set([sum[0] / weight, sum[1] / weight, sum[2] / weight, sum[3] / (fine * fine)].map(Math.round), y * row + 1 + x * 4);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits for each of red, green, blue and alpha.
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(8 + named.length);
  out.writeUInt32BE(data.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), 4 + named.length);
  return out;
}
