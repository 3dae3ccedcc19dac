import { TrackerError } from '../../core/tracker-error.ts';
import type { HttpResponse } from '../../lib/http.ts';

export interface Told {
  /** A machine's word for it, where there is one. */
  readonly code: string;
  readonly text: string;
  /** By Jira's id of the field. */
  readonly fields: readonly { readonly id: string; readonly text: string }[];
}

/** What a refusal says, whatever its form: `{errorMessages, errors}`, `{error, error_description}`, `{message}`, `{i18nErrorMessage}`, or plain text. */
export function toldBy(body: string): Told {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { code: '', text: /^\s*</.test(body) ? '' : short(body), fields: [] };
  }
  const { errorMessages, errorMessage, errors, error, error_description: spoken, message } = record(json);
  const list = Array.isArray(errorMessages) ? errorMessages.map(short) : [];
  const fields = Object.entries(Array.isArray(errors) ? {} : record(errors)).map(([id, fault]) => ({ id, text: short(fault) }));
  const said = [...list, errorMessage, spoken, message].find((part) => typeof part === 'string' && part !== '');
  return { code: typeof error === 'string' ? error : '', text: list.length ? list.join(' ') : short(said ?? ''), fields };
}

/** Our names for the fields that Jira refuses under its own. */
const FIELDS: Readonly<Record<string, string>> = {
  summary: 'summary',
  description: 'description',
  issuetype: 'type',
  project: 'scope',
  pid: 'scope',
  comment: 'comment',
  body: 'comment',
  attachment: 'files',
  duedate: 'due date',
};
export const fieldNamed = (id: string): string => FIELDS[id] ?? id;

/** The error for an answer that is none of 2xx, 429 and 5xx. `what` names the request for people: `Changing issue 10012`. */
export function refusal(response: HttpResponse, what: string, host: string): TrackerError {
  const { status } = response;
  const { text, fields } = toldBy(response.text);
  const said = text === '' ? '' : ` Jira says: ${ended(text)}`;
  if (status >= 300 && status < 400)
    return new TrackerError('protocol', `${host} sends callers elsewhere (${shownHost(response.headers.location)}). Check the address of Jira.`, { status });
  if (status === 401) return new TrackerError('auth', `${host} does not accept the credentials.${said}`, { status });
  if (status === 403) return new TrackerError('forbidden', `${what}: the account that Entente uses may not do this.${said}`, { status });
  if (status === 404) return new TrackerError('not-found', `${what}: Jira does not find it, or does not show it to the account that Entente uses.`, { status });
  if (status === 409) return new TrackerError('conflict', `${what}: somebody changed the issue at the same moment.`, { status });
  if (status === 410) return new TrackerError('protocol', `${what}: ${host} does not offer this any more. A newer Entente is needed.`, { status });
  if (status === 413)
    return new TrackerError('rejected', `${what}: it is larger than Jira takes, or the issue holds as many as it can.${said}`, { status, field: 'files' });
  if (status === 400 || status === 422) {
    const [first] = fields;
    const reasons = [...fields.map(({ id, text: reason }) => `${fieldNamed(id)}: ${reason}`), text].filter(Boolean).join('; ');
    return new TrackerError('rejected', `${what}: ${reasons ? `Jira says: ${ended(reasons)}` : 'Jira refused it.'}`, {
      status,
      ...(first ? { field: fieldNamed(first.id) } : {}),
    });
  }
  return new TrackerError('protocol', `${what}: ${host} answered in a way that Entente does not know (HTTP ${status}).${said}`, { status });
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const short = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(/\s+/g, ' ').trim().slice(0, 300);
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const shownHost = (location: string | undefined): string => (location && URL.canParse(location) ? new URL(location).host : 'another page');
