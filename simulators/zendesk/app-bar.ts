import { html, type Markup, trusted } from '../http/html.ts';
import type { Account } from './account.ts';

/** The bar of icons, as it is at the left of every page of an agent. */
export function appBar(account: Account): Markup | null {
  const apps = [...account.apps.values()].filter((app) => app.enabled && app.package.icon !== null);
  return apps.length === 0
    ? null
    : html`<nav aria-label="Apps" class="apps">${apps.map((app) => html`<a href="/agent/apps/${app.installationId}" title="${app.title}" aria-label="${app.title}">${trusted(app.package.icon ?? '')}</a>`)}</nav>`;
}
