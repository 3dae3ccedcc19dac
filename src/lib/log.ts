import { type DestinationStream, type Logger, pino } from 'pino';
import { redactText } from './redact.ts';

export type { Logger } from 'pino';

/**
 * Structured log, one JSON object a line, to standard error unless told otherwise. Redaction works on the finished line, so that no credential passes
 * whatever it was part of: an error's message, a header, a nested object.
 */
export function createLog(options: { level?: string; destination?: DestinationStream } = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redactText },
  };
  return pino(settings, options.destination ?? pino.destination({ dest: 2, sync: true }));
}
