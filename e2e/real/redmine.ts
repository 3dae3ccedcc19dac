import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

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

/** False with `REAL=0`: the tests against real trackers are left out. Their files say so. */
export const realTrackers = process.env.REAL !== '0';

/** Starts both servers when they are not running, installing Debian's packages at the first time. Throws with the script's words when it can't. */
export async function realRedmine(option?: '--reset'): Promise<RealRedmines> {
  const script = path.join(import.meta.dirname, 'redmine.sh');
  const child = spawn('bash', option ? [script, option] : [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let result = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    result += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
    process.stderr.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(said.trim() || `redmine.sh ended with ${code}`);
  return JSON.parse(await readFile(result.trim(), 'utf8')) as RealRedmines;
}
