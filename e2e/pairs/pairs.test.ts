import { testPairs } from './in-step.ts';
import { PAIRS, REAL } from './parties/index.ts';

testPairs(PAIRS.filter((pair) => !pair.some((one) => REAL.has(one))));
