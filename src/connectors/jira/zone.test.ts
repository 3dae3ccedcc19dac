import { expect, test } from 'vitest';
import { jqlMinute } from './zone.ts';

const at = (iso: string): number => Date.parse(iso);

test('a minute is what the account’s clock shows, seconds left off', () => {
  expect(jqlMinute(at('2026-11-22T10:05:59.999Z'), 'UTC')).toBe('2026/11/22 10:05');
  expect(jqlMinute(at('2026-11-22T10:05:00Z'), 'Asia/Kolkata')).toBe('2026/11/22 15:35');
  expect(jqlMinute(at('2026-11-22T23:30:00Z'), 'Pacific/Auckland')).toBe('2026/11/23 12:30');
  expect(jqlMinute(at('2026-01-01T00:00:00Z'), 'America/Los_Angeles')).toBe('2025/12/31 16:00');
  expect(jqlMinute(at('2026-03-05T00:00:00Z'), 'UTC')).toBe('2026/03/05 00:00');
});

test('in the hour that happens twice, a minute is taken that cannot mean the second time', () => {
  // Berlin, 25 October 2026: 03:00 summer time becomes 02:00 winter time at 01:00 UTC.
  expect(jqlMinute(at('2026-10-25T00:15:00Z'), 'Europe/Berlin')).toBe('2026/10/25 01:45');
  expect(jqlMinute(at('2026-10-25T01:15:00Z'), 'Europe/Berlin')).toBe('2026/10/25 02:15');
  expect(jqlMinute(at('2026-10-25T02:15:00Z'), 'Europe/Berlin')).toBe('2026/10/25 03:15');
  // Lord Howe Island goes back by half an hour.
  expect(jqlMinute(at('2026-04-04T14:45:00Z'), 'Australia/Lord_Howe')).toBe('2026/04/05 01:15');
});

test('whatever Jira takes the minute for, nothing after the moment is left out', () => {
  for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kolkata', 'UTC']) {
    const moments = Array.from({ length: 24 * 40 }, (_, i) => at('2026-10-24T00:00:00Z') + i * 15 * 60_000);
    const meanings = new Map<string, number>();
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    for (const moment of moments) {
      const part = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, value]));
      // The latest moment that a minute can mean.
      meanings.set(`${part.year}/${part.month}/${part.day} ${part.hour}:${part.minute}`, moment);
    }
    for (const moment of moments.slice(8)) expect(meanings.get(jqlMinute(moment, zone)) ?? 0, zone).toBeLessThanOrEqual(moment);
  }
});

test('a zone that nobody knows is early enough everywhere', () => {
  expect(jqlMinute(at('2026-11-22T10:05:00Z'), 'Mars/Olympus')).toBe('2026/11/21 20:05');
});
