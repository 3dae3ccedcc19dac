import type { Issue } from './model.ts';
import { type Site, userNamed } from './site.ts';

/** What is carried out here; the others are known, vanish from the text, and do nothing. */
const EFFECTS: Record<string, (site: Site, issue: Issue, argument: string) => string | undefined> = {
  close: (_site, issue) => {
    if (issue.state === 'closed') return undefined;
    issue.state = 'closed';
    return 'Closed this issue.';
  },
  reopen: (_site, issue) => {
    if (issue.state === 'opened') return undefined;
    issue.state = 'opened';
    return 'Reopened this issue.';
  },
  title: (_site, issue, argument) => {
    issue.title = argument;
    return `Changed the title to "${argument}".`;
  },
  label: (_site, issue, argument) => {
    const names = labelsIn(argument);
    issue.labels = [...new Set([...issue.labels, ...names])];
    return `Added ${names.map((name) => `~${name}`).join(' ')} label.`;
  },
  unlabel: (_site, issue, argument) => {
    const names = labelsIn(argument);
    issue.labels = issue.labels.filter((label) => names.length > 0 && !names.includes(label));
    return 'Removed labels.';
  },
  confidential: (_site, issue) => {
    issue.confidential = true;
    return 'Made this issue confidential.';
  },
  due: (_site, issue, argument) => {
    issue.due_date = /\d{4}-\d\d-\d\d/.exec(argument)?.[0] ?? issue.due_date;
    return `Set the due date to ${issue.due_date}.`;
  },
  assign: (site, issue, argument) => {
    const users = argument.split(/\s+/).flatMap((name) => userNamed(site, name.replace(/^@/, ''))?.id ?? []);
    issue.assignee_ids = [...new Set([...issue.assignee_ids, ...users])];
    return 'Assigned the issue.';
  },
};
const OTHERS = ['unassign', 'milestone', 'spend', 'estimate', 'todo', 'done', 'subscribe', 'unsubscribe', 'lock', 'move', 'clone', 'duplicate', 'relate', 'cc'];
const NAMES = new Set([...Object.keys(EFFECTS), ...OTHERS]);

const labelsIn = (argument: string): string[] => [...argument.matchAll(/~(?:"([^"]+)"|(\S+))/g)].map((match) => match[1] ?? match[2] ?? '');

export interface Extracted {
  /** What is left of the text. */
  text: string;
  commands: { name: string; argument: string }[];
}

/**
 * Takes the commands out of a text: lines that begin, in the very first column, with a slash and a command's name. Left alone are blocks of code, of
 * quotation (`>>>`) and of HTML. A block of code is known by a line that begins with three back-ticks and ends at a line of exactly three: longer
 * fences do not protect.
 */
export function extractCommands(source: string): Extracted {
  const lines = source.replaceAll('\r', '').split('\n');
  const kept: string[] = [];
  const commands: Extracted['commands'] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const end = endOfBlock(lines, at);
    if (end !== undefined) {
      kept.push(...lines.slice(at, end + 1));
      at = end;
      continue;
    }
    const [, name = '', argument = ''] = /^\/([a-z_]+)(?: (.*))?\s*$/i.exec(line) ?? [];
    if (NAMES.has(name.toLowerCase())) commands.push({ name: name.toLowerCase(), argument: argument.trim() });
    else kept.push(line);
  }
  return { text: commands.length > 0 ? kept.join('\n').trimEnd() : source, commands };
}

function endOfBlock(lines: readonly string[], at: number): number | undefined {
  const line = lines[at] ?? '';
  const closing = line.startsWith('```') ? /^```$/ : line.startsWith('>>>') ? /^>>>$/ : /^<[^>]+>$/.test(line) ? /^<\/[^>]+>$/ : undefined;
  if (!closing) return undefined;
  const end = lines.findIndex((other, index) => index > at + 1 && closing.test(other));
  return end < 0 ? undefined : end;
}

/** Carries the commands out on the issue; what was done, in the vendor's sentences. */
export function carryOut(site: Site, issue: Issue, commands: Extracted['commands']): string[] {
  return commands.flatMap(({ name, argument }) => {
    site.commands.push(argument === '' ? name : `${name} ${argument}`);
    return EFFECTS[name]?.(site, issue, argument) ?? [];
  });
}
