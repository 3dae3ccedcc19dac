import fs from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Company } from '../two-nodes.ts';

const WIDTHS = [1440, 390] as const;
const SCHEMES = ['light', 'dark'] as const;
const HEIGHT = { 1440: 900, 390: 844 } as const;
const ACCESSIBLE = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Fonts are there, and what was drawn is on the screen. */
const DRAWN = 'document.fonts.ready.then(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))))';

/** Somebody at a browser of their own, who follows the text step by step. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** A step of the text, as it stands there. A failure names it. */
  step<T>(sentence: string, act: () => Promise<T>): Promise<T>;
  /** Looks at the page at both widths, in light and in dark: keeps pictures, and demands that it is accessible and no wider than the screen. */
  look(name: string): Promise<void>;
  /** What the page has reported as an error so far. */
  errors(): readonly string[];
  leave(): Promise<void>;
}

/** `walk`: the folder under test-results/seed-walk that the pictures go to. */
export async function arrive(browser: Browser, walk: string): Promise<Person> {
  const folder = path.join('test-results', 'seed-walk', walk);
  fs.mkdirSync(folder, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    // Being asked to sign in, and an address at which nobody is, are reported by the browser as errors of its own.
    if (message.type() === 'error' && !/status of (401|404|409)/.test(message.text())) errors.push(`${page.url()}: ${message.text()}`);
  });
  let looks = 0;
  let at = 'before the first step';

  return {
    page,
    context,
    async step(sentence, act) {
      at = sentence;
      try {
        return await act();
      } catch (error) {
        await page.screenshot({ path: path.join(folder, 'failed.png'), fullPage: true }).catch(() => {});
        const shown = await page
          .locator('body')
          .ariaSnapshot()
          .catch(() => '');
        throw new Error(
          `Step “${sentence}” at ${page.url()}: ${error instanceof Error ? error.message : String(error)}\nThe page shows:\n${shown.slice(0, 3000)}`,
          {
            cause: error,
          },
        );
      }
    },
    async look(name) {
      looks += 1;
      const number = `${looks}`.padStart(2, '0');
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT[width] });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          // Nothing is a placeholder any more.
          await expect.poll(() => page.locator('.mantine-Skeleton-root, .mantine-Loader-root').count(), { timeout: 10_000 }).toBe(0);
          await page.evaluate(DRAWN);
          const where = `“${at}”, ${name}, ${colorScheme}, ${width}`;
          expect([where, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([where, 0]);
          if (colorScheme === 'light' ? width === 1440 : width === 390) {
            const { violations } = await new AxeBuilder({ page }).withTags(ACCESSIBLE).analyze();
            expect(violations.map((it) => `${where}: ${it.id}: ${it.nodes.map(({ html }) => html).join()}`)).toEqual([]);
          }
          // The whole page in one view: a full-page picture would tear what stays in place while the rest scrolls.
          const height = Math.min(Math.max(Number(await page.evaluate('document.documentElement.scrollHeight')), HEIGHT[width]), 4000);
          await page.setViewportSize({ width, height });
          await page.screenshot({ path: path.join(folder, `${number}-${name}-${colorScheme}-${width}.png`) });
          await page.setViewportSize({ width, height: HEIGHT[width] });
        }
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
    },
    errors: () => errors,
    leave: () => context.close(),
  };
}

/** Signs in where the console asks for it. */
export async function signIn({ page }: Person, { owner }: Company): Promise<void> {
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
