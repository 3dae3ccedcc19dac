import { TrackerError } from '../../core/tracker-error.ts';
import type { HttpResponse } from '../../lib/http.ts';

interface Told {
  code: string;
  text: string;
  details: readonly { field: string; text: string }[];
}

/** What a refusal says, whatever its form: `{error, description, details}`, `{error: {title, message}}`, `{errors: [...]}`, or plain text. */
export function toldBy(body: string): Told {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { code: '', text: /^\s*</.test(body) ? '' : short(body), details: [] };
  }
  const { error, description, error_description: spoken, details, errors } = record(json);
  const list = Array.isArray(errors) ? record(errors[0]) : {};
  const title = record(error);
  const said = [description, spoken, title.message, title.title, list.detail, list.title, error].find((part) => typeof part === 'string' && part !== '');
  const code = [error, title.title, list.code].find((part) => typeof part === 'string');
  const named = Object.entries(record(details)).flatMap(([field, faults]) =>
    (Array.isArray(faults) ? faults : [faults]).map((fault) => ({ field, text: short(record(fault).description ?? fault) })),
  );
  return { code: String(code ?? ''), text: short(said ?? ''), details: named };
}

/** Our names for the fields that Zendesk refuses under its own. */
const FIELDS: Readonly<Record<string, string>> = {
  subject: 'summary',
  description: 'description',
  base: 'comment',
  comment: 'comment',
  uploads: 'files',
  brand: 'scope',
};

/** The error for an answer that is none of 2xx, 429 and 5xx. `what` names the request for people: `Changing ticket 12`. */
export function refusal(response: HttpResponse, what: string, host: string): TrackerError {
  const { status } = response;
  const { code, text, details } = toldBy(response.text);
  const said = text === '' ? '' : ` Zendesk says: ${ended(text)}`;
  if (status >= 300 && status < 400)
    return new TrackerError(
      'protocol',
      `${host} sends callers elsewhere (${shownHost(response.headers.location)}). Check the address of the Zendesk account.`,
      { status },
    );
  if (status === 401) return new TrackerError('auth', `${host} does not accept the credentials.${said}`, { status });
  if (status === 403) return new TrackerError('forbidden', `${what}: the account that Entente uses may not do this.${said}`, { status });
  if (status === 404)
    return new TrackerError('not-found', `${what}: Zendesk does not find it, or does not show it to the account that Entente uses.`, { status });
  if (status === 409) return new TrackerError('conflict', `${what}: somebody changed the ticket in the meantime.`, { status });
  if (status === 413) return new TrackerError('rejected', `${what}: it is larger than Zendesk takes.${said}`, { status, field: 'files' });
  if (status === 422 || status === 400) {
    if (details.some((fault) => /closed prevents/i.test(fault.text)))
      return new TrackerError('rejected', 'The ticket is closed, and Zendesk lets nobody change closed tickets. A follow-up ticket can be made there.', {
        status,
        field: 'status',
      });
    const first = details[0];
    const field = first && (FIELDS[first.field] ?? first.field);
    const reasons = details
      .map((fault) => fault.text)
      .filter(Boolean)
      .join('; ');
    return new TrackerError('rejected', `${what}: ${reasons ? `Zendesk says: ${ended(reasons)}` : `Zendesk refused it.${said}`}`, {
      status,
      ...(field ? { field } : {}),
    });
  }
  return new TrackerError('protocol', `${what}: ${host} answered in a way that Entente does not know (HTTP ${status}${code ? `, ${short(code)}` : ''}).`, {
    status,
  });
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const short = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(/\s+/g, ' ').trim().slice(0, 300);
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const shownHost = (location: string | undefined): string => (location && URL.canParse(location) ? new URL(location).host : 'another page');
