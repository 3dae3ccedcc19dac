import { testConnector } from '../../src/connectors/conformance/index.ts';
import { gitlab } from '../../src/connectors/gitlab/index.ts';
import { gitlabWorld } from '../worlds/gitlab.ts';

const world = gitlabWorld();
testConnector({ name: 'gitlab simulator', connector: gitlab, world });
