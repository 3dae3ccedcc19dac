import fs from 'node:fs';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { smallPng } from './small-png.ts';

test('a picture gets smaller and stays what it shows', () => {
  const before = PNG.sync.read(PNG.sync.write(gradient()));
  const small = smallPng(PNG.sync.write(before));
  const after = PNG.sync.read(small);
  expect([after.width, after.height]).toEqual([before.width, before.height]);
  let worst = 0;
  for (let at = 0; at < before.data.length; at++) worst = Math.max(worst, Math.abs((before.data[at] ?? 0) - (after.data[at] ?? 0)));
  expect(worst).toBeLessThan(24);
  // The flat part keeps its very colour.
  expect([...after.data.subarray(0, 3)]).toEqual([250, 248, 245]);
  expect(small.length).toBeLessThan(PNG.sync.write(before).length);
});

test('pictures in docs/ are small', () => {
  for (const folder of ['docs/screenshots'])
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
      expect([name, fs.statSync(`${folder}/${name}`).size]).toEqual([name, expect.toSatisfy((size: number) => size < 150_000)]);
});

function gradient(): PNG {
  const picture = new PNG({ width: 128, height: 96 });
  for (let y = 0; y < 96; y++)
    for (let x = 0; x < 128; x++) picture.data.set(y < 48 ? [250, 248, 245, 255] : [x * 2, (y * x) % 256, 128, 255], (y * 128 + x) * 4);
  return picture;
}
