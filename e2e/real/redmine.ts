import { bringUp } from './server.ts';

/** One throw-away Redmine. Projects: `support` (every type), `operations` (Bug, Incident), `plain` (no field for the marker), `hidden` (not public). */
export interface RealRedmine {
  readonly base: string;
  /** Of the administrator. */
  readonly apiKey: string;
  /** Of a developer of `support` and `operations`, who may not edit notes or delete anything. */
  readonly agentKey: string;
  /** Of a manager of every project: what people do in their browsers. */
  readonly managerKey: string;
  readonly attachmentMaxKb: number;
}

export interface RealRedmines {
  readonly textile: RealRedmine;
  readonly markdown: RealRedmine;
}

/** Starts both servers when they are not running, installing Debian's packages at the first time. Throws with the script's words when it can't. */
export const realRedmine = (option?: '--reset'): Promise<RealRedmines> => bringUp<RealRedmines>('redmine.sh', option);
