import { bringUp } from './server.ts';

/** A throw-away Request Tracker with the queues General and Support, and the custom field `Entente` for tickets and for their transactions. */
export interface RealRt {
  readonly base: string;
  /** Of the service account: what a connection needs, no more. */
  readonly token: string;
  /** Of people on the staff: what they do in their browsers. Only the first may delete tickets; the second has its clock in Tokyo and reads German. */
  readonly staffToken: string;
  readonly agentToken: string;
  /** Of somebody who may look at tickets and nothing else. */
  readonly visitorToken: string;
}

/** Starts it when it is not running, installing Debian's packages at the first time. Throws with the script's words when it can't. */
export const realRt = (option?: '--reset'): Promise<RealRt> => bringUp<RealRt>('rt.sh', option);
