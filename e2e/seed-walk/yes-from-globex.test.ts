import { walkBetweenTwoNodes } from './between-two-nodes.ts';

await walkBetweenTwoNodes('globex', 'yes', 'app');
