import { crc32, deflateSync } from 'node:zlib';

type Colour = [number, number, number];

/** A PNG of `width` × `height` pixels, painted by `colourAt`. */
export function drawPng(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set(colourAt(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** A bar chart: one bar per value between 0 and 1. */
export function drawBars(values: number[], bar: Colour): Buffer {
  const width = values.length * 24 + 8;
  const height = 120;
  return drawPng(width, height, (x, y) => {
    const inBar = (x - 8) % 24 < 16 && x >= 8;
    const value = values[Math.floor((x - 8) / 24)] ?? 0;
    if (inBar && y > height - 8 - value * (height - 16) && y < height - 8) return bar;
    return y === height - 8 ? [90, 90, 90] : [246, 247, 249];
  });
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
