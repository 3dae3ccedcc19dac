import type { ProgressView, StageView, TwinView } from '../server/operations.ts';
import type { NodeClient } from './client.ts';
import type { Output } from './output.ts';

/** Shows the stages as they are recorded, until the twin rests or the time is over. Returns the last progress. */
export async function watchStages(client: NodeClient, output: Output, first: ProgressView, timeoutMs: number): Promise<ProgressView> {
  const over = AbortSignal.timeout(timeoutMs);
  const printed = new Set<string>();
  let last = first;
  const display = (progress: ProgressView): void => {
    if (output.json) return;
    if (output.terminal) {
      output.draw(progress.stages.map(stageText).join('   '));
      return;
    }
    for (const stage of progress.stages)
      if (stage.at && !printed.has(stage.stage)) {
        printed.add(stage.stage);
        output.out(`${stage.stage.padEnd(9)} ${stage.ms} ms`);
      }
  };
  display(first);
  // The node ends a stream after some minutes, to ask anew who listens.
  while (!last.settled && !over.aborted)
    for await (const progress of client.events<ProgressView>(`/twins/${first.twin.id}/events`, over)) {
      last = progress;
      display(progress);
      if (progress.settled) break;
    }
  if (output.terminal) output.out('');
  return last;
}

const stageText = ({ stage, ms }: StageView): string => (ms === null ? `· ${stage}` : `✓ ${stage} ${ms} ms`);

/** The status sentence, both links, and what to do about a problem. */
export function describeTwin(twin: TwinView): string {
  const lines = [twin.status.sentence, ...(twin.summary ? [`  ${twin.summary}`] : [])];
  for (const end of [twin.from, twin.to]) if (end) lines.push(`  ${`${end.instance}/${end.urn}`.padEnd(18)} ${end.url}`);
  if (!twin.from || !twin.to) lines.push('  (the other entity does not exist yet)');
  if (twin.problem) lines.push(`  ${twin.problem.remedy}`, `  (${twin.problem.code})`);
  for (const { instance, what, reason } of twin.differs) lines.push(`  differs at ${instance}: ${what}: ${reason}`);
  for (const { instance, what, without } of twin.degraded) lines.push(`  at ${instance}: ${what} is shown without ${without.join(', ')}`);
  for (const { instance, what, ours, theirs } of twin.conflicts)
    lines.push(`  conflict at ${instance}: ${what}: ${ours ?? '(empty)'} or ${theirs ?? '(empty)'}`);
  return lines.join('\n');
}

/** Does the state need a person? */
export const isProblem = (twin: TwinView): boolean => twin.status.state === 'stopped' || twin.status.state === 'conflict';
