import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { codeOfTrackerError, EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';

interface Rendered {
  readonly status: number;
  readonly body: { readonly code: ErrorCode; readonly message: string; readonly remedy: string; readonly details: Record<string, unknown> };
  /** The log gets these whole; the caller does not. */
  readonly unexpected: boolean;
}

const render = (code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, unexpected = false): Rendered => ({
  status: ERRORS[code].status,
  body: { code, message, remedy: ERRORS[code].remedy, details: { ...details } },
  unexpected,
});

/** What a caller is told of any error. Nothing of an unexpected one but that it happened. */
export function renderError(error: unknown): Rendered {
  if (error instanceof EntenteError) return render(error.code, error.message, error.details, error.code === 'internal');
  if (error instanceof TrackerError) {
    const code = error.kind === 'cursor-expired' ? 'tracker-unavailable' : codeOfTrackerError[error.kind];
    return render(code, error.message, {
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.retryAt === undefined ? {} : { retryAt: new Date(error.retryAt).toISOString() }),
    });
  }
  if (error instanceof z.ZodError) return invalid(error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message })));
  if (hasZodFastifySchemaValidationErrors(error))
    return invalid(error.validation.map((issue) => ({ path: issue.instancePath.split('/').filter(Boolean), message: issue.message })));
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { ...render('invalid-input', 'The request is too large: 1 MB is the limit.'), status: 413 };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return { ...render('invalid-input', 'The body has to be JSON (content-type: application/json).'), status: 415 };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return render('invalid-input', `The request could not be read: ${(error as Error).message}`);
  return render('internal', ERRORS.internal.means, {}, true);
}

function invalid(issues: readonly { path: string[]; message: string | undefined }[]): Rendered {
  const fields = issues.map(({ path, message = 'is not valid' }) => ({ field: path.join('.') || 'body', message: plain(message) }));
  return render('invalid-input', `${fields.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`, { fields });
}

/** Zod's sentences begin as headlines ("Invalid input: expected string, received undefined"); a list wants them small. */
function plain(message: string): string {
  if (message.endsWith('received undefined')) return 'is missing';
  return message.replace(/^Invalid input: /, '').replace(/^./, (first) => first.toLowerCase());
}
