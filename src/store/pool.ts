import pg from 'pg';

/** A pool for the store: statements of one transaction are sent without waiting for the answers of the ones before. */
export function createPool(connectionString: string, max = 10): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    pipeline: true,
    application_name: 'entente',
    // A process that hangs in mid-transaction must not keep its locks.
    idle_in_transaction_session_timeout: 60_000,
  });
  // Without a listener, a connection that the server closes while idle would end the process. The pool opens another.
  pool.on('error', (error) => {
    if (!pool.ending) console.error('database:', error.message);
  });
  return pool;
}
