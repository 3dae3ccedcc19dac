import type { Connector } from './connector.ts';
import { github } from './github/index.ts';
import { gitlab } from './gitlab/index.ts';
import { jira } from './jira/index.ts';
import { redmine } from './redmine/index.ts';
import { rt } from './rt/index.ts';
import { zendesk } from './zendesk/index.ts';

/** The platforms that a node offers, in the order in which they are shown. */
export const connectors: readonly Connector[] = [
  zendesk as Connector,
  jira as Connector,
  github as Connector,
  gitlab as Connector,
  redmine as Connector,
  rt as Connector,
];
