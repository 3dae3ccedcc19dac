import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Hint, Webhook } from '../connector.ts';

export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Seconds by which a delivery's time may differ from ours. */
const TOLERANCE = 300;
const sign = (secret: string, at: string, body: Buffer) => createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');

/** The vendor's side: who wants notices, and the notices that went out. Nothing is done while nobody wants any. */
export class Deliveries {
  readonly hooks: { readonly id: string; readonly url: string; readonly secret: string }[] = [];
  readonly sent: Delivery[] = [];

  register(url: string): { readonly id: string; readonly secret: string } {
    const known = this.hooks.find((h) => h.url === url);
    if (known) return known;
    const hook = { id: `hook-${this.hooks.length + 1}`, url, secret: `secret of ${url}` };
    this.hooks.push(hook);
    return hook;
  }

  changed(ref: string, version: string, nowMs: number): void {
    for (const { url, secret } of this.hooks) {
      const body = Buffer.from(JSON.stringify({ entity: ref, version }));
      const at = String(Math.floor(nowMs / 1000));
      this.sent.push({ url, headers: { 'x-memory-signature': sign(secret, at, body), 'x-memory-time': at }, body });
    }
  }
}

/** Our side: the signature covers the time and the raw body. */
export const verify: Webhook['verify'] = ({ headers, body }, known, now) => {
  const at = headers['x-memory-time'];
  const given = headers['x-memory-signature'];
  const { secret } = known;
  if (typeof at !== 'string' || typeof given !== 'string' || !secret || !/^\d{1,12}$/.test(at)) return false;
  if (Math.abs(now / 1000 - Number(at)) > TOLERANCE) return false;
  const expected = Buffer.from(sign(secret, at, body));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
};

/** A body that says nothing to us gives no hints: the poll finds what it meant. */
export const hints = (body: Buffer): Hint[] => {
  try {
    const { entity, version } = JSON.parse(body.toString('utf8')) as { entity?: unknown; version?: unknown };
    return typeof entity === 'string' ? [{ ref: entity, version: typeof version === 'string' ? version : null }] : [];
  } catch {
    return [];
  }
};
