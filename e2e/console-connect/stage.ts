import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeEach } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { startWorld, type World } from './world.ts';

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page's own script so far. */
  readonly errors: string[];
}

/** A world and a browser for one test file. Call at its top; both end after it, and each test begins with the defaults. */
export async function stage(): Promise<{ world: World; open: (options?: BrowserContextOptions) => Promise<Opened> }> {
  const world = await startWorld();
  const browser = await launchBrowser();
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  beforeEach(() => world.reset());
  return {
    world,
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        // A refused request is reported by the browser itself.
        if (message.type() === 'error' && !/status of \d{3}/.test(message.text())) errors.push(message.text());
      });
      return { page, context, errors };
    },
  };
}
