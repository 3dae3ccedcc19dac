import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Hears what the database announces (NOTIFY), on one connection of its own. */
export interface Listener {
  /** Calls `hear` for each announcement on the channel, and after each reconnection, since some may have been missed. Returns how to stop. */
  on(channel: string, hear: (payload: string) => void): () => void;
  close(): Promise<void>;
}

const CHECK_MS = 15_000;
const RETRY_MS = 1000;

/** Connects, and connects anew whenever the connection is lost. Channel names are plain identifiers. Throws when the first connection fails. */
export async function createListener(connectionString: string): Promise<Listener> {
  const channels = new Map<string, Set<(payload: string) => void>>();
  const closing = new AbortController();
  let client = await connect();
  let checked = true;
  let asked: Promise<unknown> = Promise.resolve();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000, application_name: 'entente listener' });
    fresh.on('error', () => {});
    fresh.on('notification', ({ channel, payload }) => {
      for (const hear of channels.get(channel) ?? []) hear(payload ?? '');
    });
    await fresh.connect();
    for (const channel of channels.keys()) await fresh.query(`listen ${channel}`);
    fresh.once('end', () => void reconnect());
    return fresh;
  }

  async function reconnect(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        const fresh = await connect();
        if (closing.signal.aborted) return await fresh.end();
        client = fresh;
        checked = true;
        for (const hearers of channels.values()) for (const hear of hearers) hear('');
        return;
      } catch {
        await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  // A connection that a firewall has cut says nothing: ask now and then, and drop it when the last answer never came.
  const timer = setInterval(() => {
    if (!checked) return void client.end().catch(() => {});
    checked = false;
    client.query('select 1').then(
      () => {
        checked = true;
      },
      () => {},
    );
  }, CHECK_MS);
  timer.unref();

  return {
    on(channel, hear) {
      if (!/^[a-z_]+$/.test(channel)) throw new TypeError(`${channel} is no channel name.`);
      let hearers = channels.get(channel);
      if (!hearers) {
        hearers = new Set();
        channels.set(channel, hearers);
        // One after the other: a connection answers one question at a time.
        asked = asked.then(() => client.query(`listen ${channel}`)).catch(() => {});
      }
      const mine = hearers;
      mine.add(hear);
      return () => void mine.delete(hear);
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await client.end().catch(() => {});
    },
  };
}
