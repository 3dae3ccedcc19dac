// Writes the pictures of the README and of docs/, from those that `make seed-walk` has made: node scripts/screenshots.ts
import fs from 'node:fs';
import path from 'node:path';
import { smallPng } from './small-png.ts';

const FROM = 'test-results/seed-walk';
const TO = 'docs/screenshots';

/** Name here, the walk with the name of the page there, and how much of it from the top. */
const CHOSEN: Readonly<Record<string, string | readonly [string, number]>> = {
  '1-in-the-tracker': 'yes-from-globex/connections-light-1440',
  '3-destination': 'yes-from-acme/destination-light-1440',
  '6-admin-access': 'yes-from-acme/admin-access-light-1440',
  '7-verify-and-confirm': 'yes-from-acme/verified-light-1440',
  'no-7-invitation-code': 'no-from-acme/invitation-light-1440',
  'no-12-review': 'no-from-acme-other-side/review-light-1440',
  'first-sync': ['yes-from-acme/first-sync-light-1440', 790],
  'first-sync-dark': ['yes-from-acme/first-sync-dark-1440', 790],
  'first-sync-narrow': ['yes-from-acme/first-sync-light-390', 990],
};

fs.mkdirSync(TO, { recursive: true });
for (const [name, chosen] of Object.entries(CHOSEN)) {
  const [source, most] = typeof chosen === 'string' ? [chosen] : chosen;
  const folder = path.join(FROM, path.dirname(source));
  const file = fs.readdirSync(folder).find((one) => one.replace(/^\d+-/, '') === `${path.basename(source)}.png`);
  if (!file) throw new Error(`There is no picture ${source}: run make seed-walk first.`);
  const picture = smallPng(fs.readFileSync(path.join(folder, file)), most);
  fs.writeFileSync(path.join(TO, `${name}.png`), picture);
  console.log(`${TO}/${name}.png  ${Math.round(picture.length / 1024)} KB`);
}
