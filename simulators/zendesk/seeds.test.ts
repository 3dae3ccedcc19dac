import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { callerOf } from './test-client.ts';
import { startZendesk } from './zendesk.ts';

test('Acme Support starts with a dozen tickets of every type, notes, files, images, and text from right to left', async () => {
  const sim = await startZendesk({ seed: 'support', validate: true });
  const call = callerOf(sim);
  const { tickets } = (await call('GET', '/api/v2/incremental/tickets/cursor.json?start_time=0')).json;
  expect(tickets).toHaveLength(12);
  expect(new Set(tickets.map((ticket: { type: string | null }) => ticket.type))).toEqual(new Set(['incident', 'problem', 'question', 'task', null]));
  expect(tickets.some((ticket: { subject: string }) => /[\u0600-\u06ff]/.test(ticket.subject))).toBe(true);
  const comments = [];
  for (const { id } of tickets) comments.push(...(await call('GET', `/api/v2/tickets/${id}/comments.json?include_inline_images=true`)).json.comments);
  expect(comments.some((comment) => !comment.public)).toBe(true);
  for (const tag of ['<ol', '<ul', '<table', '<pre', '<blockquote', '<code'])
    expect(
      comments.some((comment) => comment.html_body.includes(tag)),
      tag,
    ).toBe(true);
  const files = comments.flatMap((comment) => comment.attachments);
  const images = files.filter((file) => file.inline);
  expect(files.length).toBeGreaterThan(images.length);
  for (const image of images) {
    const bytes = Buffer.from(await (await fetch(image.content_url)).arrayBuffer());
    expect(PNG.sync.read(bytes)).toMatchObject({ width: Number(image.width), height: Number(image.height) });
  }
  expect(images).toHaveLength(2);
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

test('Globex has two brands, Acme has one', async () => {
  const globex = await startZendesk({ subdomain: 'globex', seed: 'engineering' });
  const acme = await startZendesk({ seed: 'empty' });
  expect(globex.account.brands.map((brand) => brand.name)).toEqual(['Globex Engineering', 'Globex Field Ops']);
  expect(new Set(globex.control.tickets().map((ticket) => ticket.brand_id)).size).toBe(2);
  expect(acme.account.brands.map((brand) => brand.name)).toEqual(['Acme Support']);
  expect(acme.control.tickets()).toEqual([]);
  await Promise.all([globex.stop(), acme.stop()]);
});

test('it runs as a process of its own and stops when it is told to', async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--port', '0', '--content-port', '0', '--subdomain', 'acme', '--seed', 'support'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await expect.poll(() => output, { timeout: 10_000 }).toContain('/__control');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
  expect(await (await fetch(`${url}/agent`)).text()).toContain('Checkout fails');
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
