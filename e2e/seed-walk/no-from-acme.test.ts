import { walkBetweenTwoNodes } from './between-two-nodes.ts';

await walkBetweenTwoNodes('acme', 'no', 'address');
