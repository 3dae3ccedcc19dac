import { walkBetweenTwoNodes } from './between-two-nodes.ts';

await walkBetweenTwoNodes('acme', 'yes', 'address');
