import fs from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

fs.mkdirSync('test-results', { recursive: true });

/** What every page is looked at in. */
export const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) => [1440, 390].map((width) => ({ colorScheme, width })));

/** A page with every error of its console. Refusals that a test provokes are answers too, which the browser reports as errors of its own: `expected` names them. */
export async function open(context: BrowserContext, expected: readonly number[] = [401, 409]): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    const status = Number(/status of (\d+)/.exec(message.text())?.[1]);
    if (message.type() === 'error' && !expected.includes(status)) errors.push(message.text());
  });
  return { page, errors };
}

/** What axe finds wrong, and nothing else of it: that is most of the time that it takes. */
export const accessibility = (page: Page, tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']): AxeBuilder =>
  new AxeBuilder({ page }).options({ resultTypes: ['violations'], runOnly: { type: 'tag', values: tags } });

/** No violation of WCAG AA, nothing wider than the screen, and a picture of the whole page. `menu`: one is open. */
export async function inspect(page: Page, name: string, { menu = false }: { menu?: boolean } = {}): Promise<void> {
  // Nothing is a placeholder any more.
  await expect.poll(() => page.locator('.mantine-Skeleton-root, .mantine-Loader-root').count(), { timeout: 10_000 }).toBe(0);
  const axe = accessibility(page);
  // An open menu hangs at the end of the page, outside its landmarks; it belongs to the button that has the focus back when it closes.
  const { violations } = await (menu ? axe.disableRules(['region']) : axe).analyze();
  expect(violations.map((it) => `${name}: ${it.id}: ${it.nodes.map(({ html }) => html).join()}`)).toEqual([]);
  expect([name, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([name, 0]);
  await page.evaluate('scrollTo(0, 0)');
  // The whole page without what a full-page picture does to columns that stay in view.
  const screen = page.viewportSize() ?? { width: 1440, height: 900 };
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ width: screen.width, height: Math.min(Math.max(height, screen.height), 4000) });
  await page.screenshot({ path: `test-results/console-${name}.png` });
  await page.setViewportSize(screen);
}
