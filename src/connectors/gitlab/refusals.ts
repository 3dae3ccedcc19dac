import { TrackerError } from '../../core/tracker-error.ts';
import type { HttpResponse } from '../../lib/http.ts';

/** Our names for what GitLab refuses under its own. */
const FIELDS: Readonly<Record<string, string>> = {
  title: 'summary',
  note: 'comment',
  body: 'comment',
  file: 'files',
  issue_type: 'type',
  state_event: 'state',
};

/** What a refusal says: `{message: text | {member: [text]} | {error: text}}`, `{error, error_description}`, or plain text. */
export function toldBy(body: string): { text: string; field: string | null } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { text: /^\s*</.test(body) ? '' : short(body), field: null };
  }
  const { message, error, error_description: spoken } = record(json);
  if (typeof message === 'object' && message !== null) {
    const [[name, faults] = ['', '']] = Object.entries(message);
    const said = [faults].flat().map(short).join('; ');
    return name === 'error' || name === 'base' ? { text: said, field: null } : { text: `${name} ${said}`, field: FIELDS[name] ?? name };
  }
  const text = short(spoken ?? message ?? error ?? '');
  // `{"error": "due_date is invalid"}`: the first word is the member.
  const member = typeof error === 'string' && spoken === undefined ? /^([a-z_]+)(?:\[\])? (?:is|does|are)\b/.exec(error)?.[1] : undefined;
  return { text, field: member === undefined ? null : (FIELDS[member] ?? member) };
}

/** The error for an answer that is none of 2xx, 429 and 5xx. `what` names its object for people: `issue 12`. */
export function refusal(answer: HttpResponse, what: string, host: string): TrackerError {
  const { status } = answer;
  const { text, field } = toldBy(answer.stream ? '' : answer.text);
  const said = text === '' ? '' : ` GitLab says: ${/[.!?]$/.test(text) ? text : `${text}.`}`;
  if (status === 401) return new TrackerError('auth', `${host} does not accept the access token: it is wrong, has ended or was revoked.${said}`, { status });
  if (status === 403) return new TrackerError('forbidden', `GitLab does not let this account do that with ${what}.${said}`, { status });
  if (status === 404) return new TrackerError('not-found', `GitLab does not find ${what}, or does not show it to this account.`, { status });
  if (status === 413) return new TrackerError('rejected', `GitLab refuses ${what}: it is too large.`, { status, field: 'files' });
  if (status === 400 || status === 409 || status === 422)
    return new TrackerError('rejected', `GitLab refused the change of ${what}.${said}`, { status, ...(field === null ? {} : { field }) });
  if (status >= 300 && status < 400)
    return new TrackerError('protocol', `${host} sends callers elsewhere. Enter GitLab's own address, with https where it has that.`, { status });
  return new TrackerError('protocol', `${host} answered about ${what} in a way that Entente does not know (HTTP ${status}).`, { status });
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const short = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(/\s+/g, ' ').trim().slice(0, 300);
