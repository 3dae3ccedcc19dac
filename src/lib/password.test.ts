import { expect, test } from 'vitest';
import { hashPassword, verifyPassword, weakness } from './password.ts';

test('a password opens only what it closed, however its letters were put in', async () => {
  const hash = await hashPassword('Zürich 1291 Rütli');
  expect(hash).toMatch(/^argon2id\$/);
  expect(hash).not.toBe(await hashPassword('Zürich 1291 Rütli'));
  // The same letters, as another keyboard makes them.
  expect(await verifyPassword({ hash, password: 'Zürich 1291 Rütli'.normalize('NFD') })).toBe(true);
  expect(await verifyPassword({ hash, password: 'Zurich 1291 Rutli' })).toBe(false);
});

test('a password that is among the first that anybody tries is refused with the reason', () => {
  const about = ['olga.operator@acme.example', 'Olga Operator'];
  for (const [password, why] of [
    ['aaaaaaaaaaaa', 'different characters'],
    ['1212121212', 'different characters'],
    ['olga.operator@acme.example', 'your name or e-mail address'],
    ['OlgaOperator1', 'your name or e-mail address'],
    ['acme example 1', 'your name or e-mail address'],
    ['1234567890', 'keyboard or the alphabet'],
    ['poiuytrewq', 'keyboard or the alphabet'],
    ['abcdefghijkl', 'keyboard or the alphabet'],
    ['abcdeabcdeabcde', 'first that anybody tries'],
    ['Password2026!', 'first that anybody tries'],
  ] as const)
    expect([password, weakness(password, about)]).toEqual([password, expect.stringContaining(why)]);
  for (const password of ['correct horse battery', 'Zürich 1291 Rütli', 'olga likes hiking', 'x7$kQ2!vPq', 'пароль который длинный'])
    expect([password, weakness(password, about)]).toEqual([password, null]);
});
