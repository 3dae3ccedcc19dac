import { walkBetweenTwoNodes } from './between-two-nodes.ts';

await walkBetweenTwoNodes('globex', 'no', 'app');
