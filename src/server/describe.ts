import { createApp } from './app.ts';
import type { Authentication } from './authentication.ts';
import type { OperationsFor } from './operations.ts';

/** The OpenAPI description of the REST API, as in docs/openapi.json. No route is called. */
export async function describeApi(): Promise<string> {
  const nothing = new Proxy({}, { get: (_target, name) => () => Promise.reject(new Error(`${String(name)} was called`)) });
  const app = await createApp({ operations: nothing as OperationsFor, authentication: nothing as Authentication, url: 'http://127.0.0.1:4700', version: '0' });
  await app.ready();
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  return text;
}
