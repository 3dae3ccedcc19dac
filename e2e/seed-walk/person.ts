import fs from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibility } from '../console-page.ts';
import type { Company } from '../two-nodes.ts';

const WIDTHS = [1440, 390] as const;
const SCHEMES = ['light', 'dark'] as const;
const HEIGHT = { 1440: 900, 390: 844 } as const;
const ACCESSIBLE = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** Fonts are there, and what was drawn is on the screen. */
const DRAWN = 'document.fonts.ready.then(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))))';

/** Somebody at a browser of their own, who follows the text step by step. */
export interface Person {
  readonly page: Page;
  /** Where they read and click: the page, or a frame in it. */
  readonly view: Page | FrameLocator;
  /** From now on in this frame of the page. */
  enter(frame: FrameLocator): void;
  /** The same person in another tab of the same browser. */
  inTab(page: Page): Person;
  readonly context: BrowserContext;
  /** A step of the text, as it stands there. A failure names it. */
  readonly step: <T>(sentence: string, act: () => Promise<T>) => Promise<T>;
  /** Looks at the page at both widths, in light and in dark: keeps pictures, and demands that it is accessible and no wider than the screen. */
  readonly look: (name: string) => Promise<void>;
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
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(`${error.page()?.url()}: ${error.error().message}`));
  context.on('console', (message) => {
    // Being asked to sign in, an address at which nobody is, and a frame that may not copy in the new way, are reported by the browser as errors of its own.
    if (message.type() === 'error' && !/status of (401|404|409)|Clipboard API has been blocked/.test(message.text()))
      errors.push(`${message.page()?.url()}: ${message.text()}`);
  });
  let looks = 0;
  let at = 'before the first step';
  const personAt = (page: Page): Person => {
    let view: Page | FrameLocator = page;
    /** The frame is drawn by a process of its own, later than the page around it: a click before that would land beside its button. */
    const drawn = async (): Promise<void> => {
      await page.evaluate(DRAWN);
      if (view === page) return;
      const box = async () => (await page.locator('iframe[title="Entente"]').boundingBox())?.width;
      await expect
        .poll(async () => Math.abs(Number(await view.locator('html').evaluate('innerWidth')) - Number(await box())), { timeout: 10_000 })
        .toBeLessThan(4);
      await view.locator('html').evaluate(DRAWN);
    };
    const shown = async (): Promise<string> => {
      const parts = [page.locator('body'), ...(view === page ? [] : [view.locator('body')])];
      return (await Promise.all(parts.map((part) => part.ariaSnapshot().catch(() => '')))).map((text) => text.slice(0, 3000)).join('\n');
    };
    return {
      page,
      context,
      get view() {
        return view;
      },
      enter(frame) {
        view = frame;
      },
      inTab: personAt,
      async step(sentence, act) {
        at = sentence;
        try {
          return await act();
        } catch (error) {
          await page.screenshot({ path: path.join(folder, 'failed.png'), fullPage: true }).catch(() => {});
          const message = error instanceof Error ? error.message : String(error);
          throw new Error(`Step “${sentence}” at ${page.url()}: ${message}\nThe page shows:\n${await shown()}`, { cause: error });
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
            await expect.poll(() => view.locator('.mantine-Skeleton-root, .mantine-Loader-root').count(), { timeout: 10_000 }).toBe(0);
            await drawn();
            const where = `“${at}”, ${name}, ${colorScheme}, ${width}`;
            expect([where, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([where, 0]);
            if (colorScheme === 'light' ? width === 1440 : width === 390) {
              // A page and the page in its frame have their landmarks each.
              const { violations } = await accessibility(page, view === page ? [...ACCESSIBLE, 'best-practice'] : ACCESSIBLE).analyze();
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
        await drawn();
      },
      errors: () => errors,
      leave: () => context.close(),
    };
  };
  return personAt(await context.newPage());
}

/** Signs in where the console asks for it. */
export async function signIn({ view }: Person, { owner }: Company): Promise<void> {
  await view.getByRole('heading', { name: 'Sign in' }).waitFor();
  await view.getByLabel('E-mail').fill(owner.email);
  await view.getByRole('textbox', { name: 'Password' }).fill(owner.password);
  await view.getByRole('button', { name: 'Sign in' }).click();
}

/** The console's address, where the tracker has no app. */
export async function openByAddress(person: Person, company: Company): Promise<void> {
  await person.page.goto(`${company.url}/connections`);
  await signIn(person, company);
}

/** The app is built by the node, uploaded at the tracker by its admin, and opened by its icon. Nobody signs in: the tracker says who it is. */
export async function openByApp(person: Person, { url, home, slug, sim }: Company): Promise<void> {
  const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
  const answer = await fetch(`${url}/api/v1/instances/${slug}/app`, { headers: { authorization: `Bearer ${token}` } });
  const { page } = person;
  await page.goto(`${sim.url}/agent/admin/apps`);
  await page.getByLabel('App name').fill('Entente');
  await page.getByLabel('App file').setInputFiles({ name: 'entente.zip', mimeType: 'application/zip', buffer: Buffer.from(await answer.arrayBuffer()) });
  await page.getByRole('button', { name: 'Upload and install' }).click();
  await page.goto(`${sim.url}/agent`);
  await page.getByRole('navigation', { name: 'Apps' }).getByRole('link', { name: 'Entente' }).click();
  person.enter(page.frameLocator('iframe[title="Entente"]'));
  await person.view.getByRole('link', { name: 'Connections', exact: true }).first().click();
}
