import { strToU8, zipSync } from 'fflate';
import { EntenteError } from '../../../core/errors.ts';
import type { AppInput, TrackerApp } from '../../connector.ts';
import { drawMark, ICON } from './mark.ts';

/** Of the hidden setting by which the API tells our app from others in the account. */
export const MARK = 'entente_instance';

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];
/** A zip holds local times, and the same app has to be the same bytes everywhere. */
const LONG_AGO = new Date(1980, 0, 1);

/** Zendesk takes https, and of http only the name `localhost` (the rule of its own package checks). */
function pageOf(url: string): string {
  const page = new URL(url);
  if (page.protocol === 'https:') return page.href;
  if (!LOOPBACK.includes(page.hostname)) throw new EntenteError('needs-https');
  page.hostname = 'localhost';
  return page.href;
}

/** A private app for Zendesk Support: an icon in the bar at the left, which opens the console. Everything else stays on the node. */
function build({ slug, url, mark, version, contact }: AppInput): { name: string; content: Buffer } {
  const page = pageOf(url);
  const manifest = {
    name: 'Entente',
    author: { name: 'Entente', email: contact ?? `entente@${new URL(page).hostname}`, url: new URL(page).origin },
    defaultLocale: 'en',
    private: true,
    singleInstall: true,
    // Zendesk then posts a token into the frame that says who opens it.
    signedUrls: true,
    version,
    frameworkVersion: '2.0',
    location: { support: { nav_bar: { url: page } } },
    parameters: [{ name: MARK, type: 'hidden', required: false, secure: false, default: mark }],
  };
  const words = {
    app: {
      name: 'Entente',
      short_description: 'Keeps tickets in step with other trackers.',
      long_description: 'The console of Entente inside Zendesk: connections, what is in sync, and what went wrong.',
      installation_instructions: 'Nothing to enter: install it, then open it from the bar at the left.',
      parameters: { [MARK]: { label: 'Instance', helpText: 'Set by Entente.' } },
    },
  };
  const json = (value: unknown) => strToU8(`${JSON.stringify(value, null, 2)}\n`);
  const content = zipSync(
    {
      'manifest.json': json(manifest),
      'translations/en.json': json(words),
      'assets/icon_nav_bar.svg': strToU8(ICON),
      'assets/logo.png': drawMark(320),
      'assets/logo-small.png': drawMark(128),
    },
    { mtime: LONG_AGO, level: 9 },
  );
  return { name: `entente-${slug}-zendesk.zip`, content: Buffer.from(content) };
}

export const app: TrackerApp = {
  install: [
    'In Zendesk, open the Admin Center, then Apps and integrations → Zendesk Support apps, and press “Upload private app”.',
    'Name it Entente, choose the file that you downloaded, press “Upload”, and agree to Zendesk’s terms.',
    'Press “Install”. Nothing has to be entered. To show it to administrators only, restrict it to their role.',
    'Open Zendesk Support again: Entente’s icon is in the bar at the left. It signs in who opens it, when they are an administrator in Zendesk or an admin of this instance here.',
  ],
  build,
};
