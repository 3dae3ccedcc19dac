import { expect, test } from 'vitest';
import { createClock } from './clock.ts';
import { FaultQueue } from './faults.ts';
import { escapeHtml, html, trusted } from './html.ts';
import { listen } from './listen.ts';
import { Router } from './router.ts';

test('a literal path beats a parameter, and a wrong method is told from a wrong path', () => {
  const router = new Router<string>();
  router.add('GET', '/tickets/:id', 'one');
  router.add('GET', '/tickets/count', 'count');
  router.add('PUT', '/tickets/:id', 'change');
  expect(router.find('GET', '/tickets/count')).toMatchObject({ target: 'count' });
  expect(router.find('GET', '/tickets/a%20b')).toEqual({ target: 'one', params: { id: 'a b' } });
  expect(router.find('DELETE', '/tickets/7')).toEqual({ allowed: ['GET', 'PUT'] });
  expect(router.find('GET', '/nowhere')).toEqual({ allowed: [] });
  expect(router.find('GET', '/tickets/%zz')).toEqual({ allowed: [] });
});

test('a clock can be moved forward, stopped and let go, never turned back', () => {
  const clock = createClock();
  const real = Date.now();
  clock.advance(60_000);
  expect(clock.now()).toBeGreaterThanOrEqual(real + 60_000);
  clock.freeze(1_000);
  clock.advance(5);
  expect(clock.now()).toBe(1_005);
  clock.thaw();
  expect(clock.now()).toBeGreaterThanOrEqual(1_005);
  expect(clock.now()).toBeLessThan(60_000);
  expect(() => clock.advance(-1)).toThrow('time does not run backwards');
});

test('faults hit in order, as often as ordered, and a path is text unless it is written as a pattern', () => {
  const queue = new FaultQueue();
  queue.add({ kind: 'hang', path: '/tickets/' });
  queue.add({ kind: 'status', path: '/^\\/users\\/\\d+$/', times: 2, after: 1 });
  expect(queue.pending()).toBe(3);
  expect(queue.take('GET', '/users/7')).toBeUndefined();
  expect(queue.take('GET', '/users/me')).toBeUndefined();
  expect(queue.take('GET', '/users/7')?.kind).toBe('status');
  expect(queue.take('GET', '/tickets/1')?.kind).toBe('hang');
  expect(queue.take('GET', '/tickets/1')).toBeUndefined();
  expect(queue.pending()).toBe(1);
});

test('values in a template are escaped, markup is not', () => {
  expect(html`<p title="${'"<&'}">${trusted('<b>x</b>')}${[html`<i>${1}</i>`, null, false]}</p>`.markup).toBe(
    '<p title="&#34;&#60;&#38;"><b>x</b><i>1</i></p>',
  );
  expect(escapeHtml("'")).toBe('&#39;');
});

test('a port that is taken is said at once, and a stopped server is gone with its connections', async () => {
  const first = await listen({ port: 0 }, () => new Promise(() => undefined));
  await expect(listen({ port: first.port }, async () => undefined)).rejects.toThrow('EADDRINUSE');
  const ended = expect(fetch(first.url)).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await first.close();
  await ended;
});
