import type { Connection } from '../api.ts';

/** Is what we can switch off and on here switched off? Of a local connection both halves are ours. */
export const isOffHere = ({ status, from, to }: Connection): boolean =>
  from.state.status === 'deactivated' || (status === 'deactivated' && !(to?.remote === true && to.state.status === 'deactivated'));

/** What the other node's side did with its half that stops ours; null: nothing. */
export const stoppedThere = ({ to }: Connection): 'deactivated' | 'removed' | null =>
  to?.remote && (to.state.status === 'deactivated' || to.state.status === 'removed') ? to.state.status : null;
