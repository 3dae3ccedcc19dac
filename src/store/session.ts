import type pg from 'pg';

/** One open transaction on one connection. Writes are sent without waiting; the next read or the commit tells of their failure. */
export class Session {
  readonly #client: pg.PoolClient;
  #failure: unknown;
  #over = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
    this.#send(client.query('begin isolation level read committed'));
  }

  /** What went wrong first, if anything did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The connection broke between two statements. */
  lose(error: Error): void {
    this.#failure ??= error;
  }

  async read<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    this.#assertOpen();
    try {
      return (await this.#client.query<Row>({ name, text, values })).rows;
    } catch (error) {
      // After a failed write, every statement fails with "transaction is aborted": the write's own error says more.
      this.#failure ??= error;
      throw this.#failure;
    }
  }

  /** Without a name, the statement is not kept prepared. */
  write(name: string | null, text: string, values: unknown[]): void {
    this.#assertOpen();
    this.#send(this.#client.query(name === null ? { text, values } : { name, text, values }));
  }

  async commit(): Promise<void> {
    this.#over = true;
    // Sent behind the writes. Had one of them failed, the server would roll back and say so.
    const result = await this.#client.query('commit').catch((error: unknown) => {
      throw this.#failure ?? error;
    });
    if (this.#failure !== undefined) throw this.#failure;
    if (result.command !== 'COMMIT') throw new Error('The database rolled the transaction back.');
  }

  async rollback(): Promise<void> {
    this.#over = true;
    await this.#client.query('rollback');
  }

  #send(sent: Promise<unknown>): void {
    sent.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  #assertOpen(): void {
    if (this.#over) throw new Error('This transaction is over: every call has to be awaited before it ends.');
  }
}

/** Serialisation failure and deadlock: the transaction did nothing and may be run again. */
const isRetryable = (error: unknown) => ['40001', '40P01'].includes((error as { code?: string } | undefined)?.code ?? '');

/** Runs `work` in one transaction: all or nothing. Runs it again, up to five times, when the database had to give it up in favour of another. */
export async function inSession<T>(pool: pg.Pool, work: (session: Session) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    const session = new Session(client);
    let broken: Error | undefined;
    // Without a listener, a connection that breaks while nobody asks anything would end the process.
    const lose = (error: Error) => session.lose(error);
    client.on('error', lose);
    try {
      const result = await work(session);
      await session.commit();
      return result;
    } catch (error) {
      await session.rollback().catch((cause: Error) => {
        broken = cause;
      });
      if (attempt === 5 || !(isRetryable(error) || isRetryable(session.failure))) throw error;
    } finally {
      // A broken one may have more to say before it is gone.
      if (!broken) client.off('error', lose);
      client.release(broken);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
  }
}
