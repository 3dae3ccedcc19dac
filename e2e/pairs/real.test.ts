import { realTrackers } from '../real/server.ts';
import { testPairs } from './in-step.ts';
import { PAIRS, REAL } from './parties/index.ts';

const pairs = PAIRS.filter((pair) => pair.some((one) => REAL.has(one)));
if (!realTrackers) console.warn(`REAL=0: ${pairs.length} pairs with real servers are left out (counted as skipped).`);

testPairs(pairs, { leftOut: !realTrackers });
