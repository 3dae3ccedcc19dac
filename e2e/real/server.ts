import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** False with `REAL=0`: the tests against real trackers are left out. Their files say so. */
export const realTrackers = process.env.REAL !== '0';

/** Runs a script of this folder, which prints the path of a JSON file. Throws with the script's words when it can't. */
export async function bringUp<T>(name: string, option?: '--reset'): Promise<T> {
  const script = path.join(import.meta.dirname, name);
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
  if (code !== 0) throw new Error(said.trim() || `${name} ended with ${code}`);
  return JSON.parse(await readFile(result.trim(), 'utf8')) as T;
}
