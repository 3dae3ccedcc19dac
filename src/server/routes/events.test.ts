import { afterAll, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import type { Authentication, Caller } from '../authentication.ts';
import type { OperationsFor } from '../operations.ts';

const ada: Caller = { user: 'u', name: 'Ada', email: 'ada@acme.test', operator: false, roles: { i: 'viewer' }, confinedTo: null };
let signedIn = true;
let watching = 0;
const operations = {
  as: () => ({
    watch() {
      watching++;
      return () => void watching--;
    },
  }),
} as unknown as OperationsFor;
const authentication: Authentication = { bySession: async () => (signedIn ? ada : null), byToken: async () => null, hasOwner: async () => true, origins: [] };
const app = await createApp({ operations, authentication, url: 'http://127.0.0.1', version: '0', streamMs: 300 });
const url = await app.listen({ port: 0, host: '127.0.0.1' });
afterAll(() => app.close());

test('whoever may not look any more stops hearing of changes: a stream ends by itself, and is not begun again', async () => {
  const stream = await fetch(`${url}/api/v1/events`);
  expect(stream.status).toBe(200);
  const reader = stream.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: {"twin":null}\n\n');
  expect(watching).toBe(1);
  signedIn = false;
  expect((await reader?.read())?.done).toBe(true);
  expect(watching).toBe(0);
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(401);
});
