import fs from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { SCENES } from './console-connect/scenes.ts';
import { stage } from './console-connect/stage.ts';
import { accessibility } from './console-page.ts';

const { world, open } = await stage();
fs.mkdirSync('test-results', { recursive: true });

/** Each page as it usually is. */
const MAIN = new Set([
  'list-empty',
  'list',
  'initiate-found',
  'initiate-access',
  'invitation',
  'accept-review',
  'consent-verified',
  'return-refused',
  'connected-synced',
  'connection-overview',
  'connection-settings',
  'connection-pending',
]);

async function inspect(page: Page, name: string): Promise<void> {
  const { violations } = await accessibility(page).analyze();
  expect(violations.map((it) => `${name}: ${it.id}: ${it.nodes.map(({ html }) => html).join()}`)).toEqual([]);
  expect([name, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([name, 0]);
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 390])
    test(`every page is accessible and fits the screen (${colorScheme}, ${width})`, { timeout: 300_000 }, async () => {
      // The rarer states at two of the four: they are made of the same parts.
      const all = (colorScheme === 'light') === (width === 1440);
      const scenes = all ? SCENES : SCENES.filter(({ name }) => MAIN.has(name));
      expect(scenes.length).toBe(all ? SCENES.length : MAIN.size);
      const { page, context, errors } = await open({ colorScheme, viewport: { width, height: 900 } });
      for (const { name, answers, go } of scenes) {
        world.reset();
        world.set(answers);
        await page.goto('about:blank');
        await go(page, world);
        await inspect(page, name);
        await page.screenshot({ path: `test-results/connect-${name}-${colorScheme}-${width}.png`, fullPage: true });
        await page.evaluate('sessionStorage.clear()');
        expect([name, ...errors]).toEqual([name]);
      }
      await context.close();
    });

test('no page is wider than the screen, from 320 to 1920', { timeout: 180_000 }, async () => {
  const { page, context } = await open();
  const chosen = SCENES.filter(({ name }) =>
    /^(list|initiate-found|initiate-access|invitation|accept-review|consent|connected-synced|connection-overview|connection-settings)$/.test(name),
  );
  expect(chosen.length).toBe(9);
  for (const { name, answers, go } of chosen) {
    world.reset();
    world.set(answers);
    await go(page, world);
    for (const width of [320, 600, 800, 1024, 1200, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      expect([name, width, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([name, width, 0]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.evaluate('sessionStorage.clear()');
  }
  await context.close();
});
