import { testConnector } from '../src/connectors/conformance/index.ts';
import { zendesk } from '../src/connectors/zendesk/index.ts';
import { zendeskWorld } from './worlds/zendesk.ts';

const world = zendeskWorld();
testConnector({ name: 'zendesk simulator', connector: zendesk, world });
