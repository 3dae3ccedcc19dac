import { testConnector } from '../../src/connectors/conformance/index.ts';
import { github } from '../../src/connectors/github/index.ts';
import { githubWorld } from '../worlds/github.ts';

testConnector({ name: 'github simulator', connector: github, world: githubWorld({ files: true, as: 'token' }) });
testConnector({ name: 'github simulator, an App without file links', connector: github, world: githubWorld({ files: false, as: 'app' }) });
