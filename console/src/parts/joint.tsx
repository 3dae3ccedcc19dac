import type { LinkState } from '../link-sign.tsx';
import { Line } from '../link-sign.tsx';

/** The line of the link sign between two cards that stand for its ends. */
export const Joint = ({ state }: { state: LinkState }) => (
  <span className="joint" aria-hidden>
    <Line state={state} length={56} size={28} />
  </span>
);
