import { siGithub, siGitlab, siJira, siRedmine, siZendesk } from 'simple-icons';
import { expect, test } from 'vitest';
import { connectors } from './index.ts';

const ICONS: Readonly<Record<string, { readonly path: string; readonly hex: string }>> = {
  zendesk: siZendesk,
  jira: siJira,
  github: siGithub,
  gitlab: siGitlab,
  redmine: siRedmine,
};

/** simple-icons has none of them: the console shows their initials. */
const WITHOUT = new Set(['rt']);

test.each(connectors.map((connector) => [connector.name, connector] as const))(
  'the logo of %s is the one of simple-icons, where it has one',
  (_name, connector) => {
    const icon = ICONS[connector.id];
    expect(connector.logo).toEqual(WITHOUT.has(connector.id) ? undefined : { path: icon?.path, color: `#${icon?.hex.toLowerCase()}` });
  },
);

test.each(connectors.map((connector) => [connector.name, connector] as const))('%s says how to get its credentials, in sentences', (_name, { help }) => {
  expect(help?.length).toBeGreaterThan(1);
  for (const step of help ?? []) expect(step).toMatch(/^[A-Z].*\.$/);
});
