import { expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { createSignInLimit, network } from './sign-in-limit.ts';

const { pool } = await testDatabase();
const limit = createSignInLimit(pool);
const minutesPass = (minutes: number) => pool.query('update sign_in_try set at = at - make_interval(mins => $1)', [minutes]);

test('from one address ten tries a minute are taken, whoever they are for; other addresses are not held back', async () => {
  for (let i = 0; i < 10; i++) expect(await limit.begin(`somebody-${i}@acme.test`, '203.0.113.1')).toBe(0);
  const wait = await limit.begin('another@acme.test', '203.0.113.1');
  expect(wait).toBeGreaterThan(50);
  expect(wait).toBeLessThanOrEqual(60);
  expect(await limit.begin('another@acme.test', '203.0.113.2')).toBe(0);
  await minutesPass(1);
  expect(await limit.begin('another@acme.test', '203.0.113.1')).toBe(0);
});

test('an account takes twenty wrong passwords in a quarter of an hour from all addresses together; the right one ends the count', async () => {
  const email = 'olga@acme.test';
  for (let i = 0; i < 20; i++) expect(await limit.begin(email, `198.51.100.${i}`)).toBe(0);
  expect(await limit.begin('OLGA@acme.test ', '198.51.100.77')).toBeGreaterThan(800);
  expect(await limit.begin('ada@acme.test', '198.51.100.77')).toBe(0);
  // What was not taken does not make the wait longer.
  for (let i = 0; i < 5; i++) await limit.begin(email, `198.51.100.${100 + i}`);
  await minutesPass(15);
  expect(await limit.begin(email, '198.51.100.200')).toBe(0);
  for (let i = 0; i < 19; i++) expect(await limit.begin(email, `192.0.2.${i}`)).toBe(0);
  await limit.passed(email);
  expect(await limit.begin(email, '192.0.2.99')).toBe(0);
});

test('many at once are not each the first', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => limit.begin('burst@acme.test', '203.0.113.50')));
  expect(answers.filter((wait) => wait === 0).length).toBeLessThanOrEqual(10);
});

test('nobody’s address, and nobody’s e-mail, is kept', async () => {
  await limit.begin('private@acme.test', '203.0.113.60');
  const { rows } = await pool.query<{ all: string }>(`select string_agg(encode(who, 'escape'), ' ') as all from sign_in_try`);
  expect(rows[0]?.all).not.toMatch(/private|203\.0/);
});

test('all addresses of one IPv6 network count as one', () => {
  expect(network('2001:db8:1:2:3:4:5:6')).toBe(network('2001:db8:1:2::1'));
  expect(network('2001:db8:1:2::1')).not.toBe(network('2001:db8:1:3::1'));
  expect(network('2001:0DB8::1')).toBe(network('2001:db8:0:0:ffff::'));
  expect(network('fe80::1%eth0')).toBe('fe80:0:0:0');
  expect(network('::1')).toBe('0:0:0:0');
  expect(network('::ffff:203.0.113.9')).toBe('203.0.113.9');
});
