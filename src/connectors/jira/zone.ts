/** `2026/11/22 10:05`: the minute that a clock in that zone shows, as JQL takes it. */
function clockAt(ms: number, timeZone: string): string {
  const format = (zone: string) =>
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(ms);
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = format(timeZone);
  } catch {
    // A zone that this machine does not know: half a day earlier is early enough everywhere.
    parts = new Intl.DateTimeFormat('en-US', {
      timeZone: 'UTC',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(ms - 14 * 3_600_000);
  }
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}/${of('month')}/${of('day')} ${of('hour')}:${of('minute')}`;
}

const HALF_HOUR = 1_800_000;

/**
 * The minute to ask JQL for, so that everything from `ms` on is found: Jira reads it in the account's time zone. When clocks are set back, an hour
 * happens twice and the minute could mean its second time: then an earlier one is taken.
 */
export function jqlMinute(ms: number, timeZone: string): string {
  for (let at = ms; ; at -= HALF_HOUR) {
    const shown = clockAt(at, timeZone);
    const again = [1, 2, 3, 4].some((n) => clockAt(at + n * HALF_HOUR, timeZone) === shown && at + n * HALF_HOUR > ms);
    if (!again) return shown;
  }
}
