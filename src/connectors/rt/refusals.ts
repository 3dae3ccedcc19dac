import { TrackerError } from '../../core/tracker-error.ts';
import type { HttpResponse } from '../../lib/http.ts';

const DENIED = /permission denied|no permission/i;

/** What a refusal of RT means. `what` it was about, in words. */
export function refusal(answer: HttpResponse, what: string): TrackerError {
  const { status } = answer;
  const said = messageOf(answer);
  if (status === 401) return new TrackerError('auth', 'RT did not accept the token. Create another one (Settings → Auth Tokens) and enter it.', { status });
  if (status === 403 || (status === 400 && DENIED.test(said)))
    return new TrackerError('forbidden', `RT does not let this account do that with ${what}${said ? `: ${said}` : '.'}`, { status });
  if (status === 404) return new TrackerError('not-found', `RT does not find ${what}.`, { status });
  if (status === 412) return new TrackerError('conflict', 'Somebody else changed the ticket at the same moment.', { status });
  if (status === 413) return new TrackerError('rejected', 'The web server in front of RT refuses it: it is too large.', { status, field: 'files' });
  if (status === 400 || status === 422) return new TrackerError('rejected', `RT refused it: ${said || 'without a reason'}`, { status });
  if (status >= 300 && status < 400)
    return new TrackerError('protocol', `RT sends us elsewhere (${placeOf(answer)}). Enter its own address, with https where it has that.`, { status });
  return new TrackerError('protocol', `RT did not understand a request about ${what} (HTTP ${status}).`, { status });
}

/** RT answers a change that it refused with success, and says why: in the account's language, so that only the most common reason can be told apart. */
export function unwritten(field: string, said: readonly string[]): TrackerError {
  const words = said.join('; ') || 'without a reason';
  return DENIED.test(words)
    ? new TrackerError('forbidden', `RT does not let this account change the ${field}: ${words}`)
    : new TrackerError('rejected', `RT refused the new ${field}: ${words}`, { field });
}

function messageOf(answer: HttpResponse): string {
  try {
    const { message } = answer.json<{ message?: unknown }>();
    return typeof message === 'string' ? message.slice(0, 500) : '';
  } catch {
    return '';
  }
}

function placeOf(answer: HttpResponse): string {
  try {
    const { origin, pathname } = new URL(answer.headers.location ?? '');
    return origin + pathname;
  } catch {
    return 'to no address';
  }
}
