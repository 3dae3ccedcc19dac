import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeEach } from 'vitest';
import type { NodeView, Operations } from '../../src/server/operations.ts';
import { launchBrowser } from '../browser.ts';
import { startWorld, type World } from '../console-connect/world.ts';
import { open } from '../console-page.ts';
import { busy } from './busy.ts';

export interface Stage {
  readonly world: World;
  readonly browser: Browser;
  readonly context: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** A page of the console in a window of its own. `expected`: statuses of refusals that the test provokes. */
  readonly start: (path: string, expected?: readonly number[]) => Promise<{ page: Page; errors: string[] }>;
  /** What the node says of itself and of who is signed in, changed. */
  readonly node: (change: (node: NodeView) => Partial<NodeView>) => void;
  readonly user: (more: Partial<NonNullable<NodeView['user']>>) => void;
}

/** The console before a busy node, for one test file: as new before each test. */
export async function admins(): Promise<Stage> {
  const world = await startWorld();
  const browser = await launchBrowser();
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  beforeEach(() => {
    world.reset();
    world.set(busy());
  });
  const context: Stage['context'] = (options = {}) => browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  const node: Stage['node'] = (change) => {
    const { node: given } = busy();
    world.set({
      node: async () => {
        const found = await (given as Operations['node'])();
        return { ...found, ...change(found) };
      },
    });
  };
  return {
    world,
    browser,
    context,
    async start(path, expected) {
      const opened = await open(await context(), expected);
      await opened.page.goto(`${world.url}${path}`);
      return opened;
    },
    node,
    user: (more) => node((it) => ({ user: it.user && { ...it.user, ...more } })),
  };
}
