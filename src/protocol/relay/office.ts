import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { EntenteError } from '../../core/errors.ts';
import { inSession } from '../../store/session.ts';
import type { Wire, WireAnswer } from '../client.ts';
import type { PeerHandler } from '../ports.ts';
import { Answered, Ended, Poll } from './messages.ts';
import type { Waits } from './waits.ts';

/** Where calls wait for nodes that cannot be called, and their answers come back; for all processes of this node together. */
export interface Office {
  readonly wire: Wire;
  /** `relay/…` */
  readonly handle: PeerHandler;
  /** Forgets what nobody fetched or waits for. */
  prune(): Promise<void>;
}

/** One request of a node that has nothing to fetch takes so long. */
const POLL_MS = 20_000;
/** A node that has not asked for this long is away. */
const AWAY_MS = 60_000;
const ANSWER_MS = 50_000;
/** Between two pieces of a file. */
const PIECE_MS = 60_000;
/** Pieces that wait to be taken. */
const AHEAD = 4;
const BATCH_BYTES = 8 * 1_048_576;

const FOR_EVER = new AbortController().signal;

interface CallRow {
  id: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export function createOffice({ pool, waits }: { readonly pool: pg.Pool; readonly waits: Waits }): Office {
  const query = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
    (await pool.query<Row>({ name: `relay-${name}`, text, values })).rows;
  const drop = (id: string) => query('drop', 'delete from relay_call where id = $1', [id]);

  async function assertAround(node: string, key: string): Promise<void> {
    const [visit] = await query<{ at: Date }>('visit', 'select at from relay_visit where key = $1', [key]);
    if (visit && Date.now() - visit.at.getTime() < AWAY_MS) return;
    const since = visit ? `since ${visit.at.toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'yet';
    throw new EntenteError('peer-unavailable', `The node ${node} cannot be called, and has not asked for its calls ${since}.`);
  }

  async function answerOf(id: string, signal: AbortSignal): Promise<WireAnswer> {
    const answered = async () => {
      const [row] = await query<{ status: number | null; answer_headers: Record<string, string>; answer: Buffer | null }>(
        'answer',
        'select status, answer_headers, answer from relay_call where id = $1',
        [id],
      );
      if (!row) throw new EntenteError('peer-unavailable', 'The call was forgotten before it was answered.');
      return row.status === null ? null : { status: row.status, headers: row.answer_headers, answer: row.answer };
    };
    const found = await waits.until(answered, ANSWER_MS, signal);
    if (!found) throw new EntenteError('peer-unavailable', 'The other node did not fetch the call, or did not answer in time.');
    const { status, headers, answer } = found;
    if (answer === null) return { status, headers, body: Readable.from(pieces(id, signal), { objectMode: false }) };
    await drop(id);
    return { status, headers, body: Readable.from([answer], { objectMode: false }) };
  }

  async function* pieces(id: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for (let n = 0; ; n++) {
        const next = async (): Promise<{ bytes: Buffer | null } | null> => {
          const [piece] = await query<{ bytes: Buffer }>('take-piece', 'delete from relay_piece where call = $1 and n = $2 returning bytes', [id, n]);
          if (piece) return piece;
          const [row] = await query<{ ended: boolean }>('ended', 'select ended from relay_call where id = $1', [id]);
          if (!row) throw new EntenteError('peer-unavailable', 'The content broke off.');
          return row.ended ? { bytes: null } : null;
        };
        const piece = await waits.until(next, PIECE_MS, signal);
        if (!piece) throw new EntenteError('peer-unavailable', 'The content broke off.');
        if (piece.bytes === null) return;
        yield piece.bytes;
      }
    } finally {
      // Whoever brings it is told that nobody wants more.
      await drop(id);
    }
  }

  async function poll(key: string, max: number, signal: AbortSignal): Promise<CallRow[]> {
    await query('visited', 'insert into relay_visit (key, at) values ($1, now()) on conflict (key) do update set at = excluded.at', [key]);
    const fetch = () =>
      inSession(pool, async (session) => {
        const waiting = await session.read<{ id: string; size: number }>(
          'relay-waiting',
          `select id, octet_length(body) as size from relay_call where key = $1 and not taken and until > now() order by seq limit $2 for update skip locked`,
          [key, max],
        );
        let size = 0;
        const taken: string[] = [];
        for (const call of waiting) {
          size += call.size;
          if (size <= BATCH_BYTES || taken.length === 0) taken.push(call.id);
        }
        if (taken.length === 0) return null;
        return session.read<CallRow>('relay-take', 'update relay_call set taken = true where id = any($1) returning id, path, headers, body', [taken]);
      });
    const found = await waits.until(fetch, POLL_MS, signal).catch((error: unknown) => {
      if (waits.closed || signal.aborted) return null;
      throw error;
    });
    await query('visited', 'insert into relay_visit (key, at) values ($1, now()) on conflict (key) do update set at = excluded.at', [key]);
    return found ?? [];
  }

  /** The call is one of theirs, and somebody still waits for it. Throws `no-such-request`. */
  async function assertWanted(id: string, key: string): Promise<void> {
    const [row] = await query('wanted', 'select 1 from relay_call where id = $1 and key = $2 and taken and not ended', [id, key]);
    if (!row) throw new EntenteError('no-such-request', 'Nobody waits for the answer to this call any more.');
  }

  async function takePiece(id: string, n: number, bytes: Buffer): Promise<void> {
    const room = async () => {
      const [row] = await query<{ count: number }>('count-pieces', 'select count(*)::int as count from relay_piece where call = $1', [id]);
      return row && row.count < AHEAD ? true : null;
    };
    if (!(await waits.until(room, PIECE_MS / 2, FOR_EVER))) throw new EntenteError('peer-unavailable', 'The pieces are not taken.');
    await query('add-piece', `insert into relay_piece (call, n, bytes) select id, $2, $3 from relay_call where id = $1 on conflict do nothing`, [id, n, bytes]);
    await query('prolong', `update relay_call set until = now() + interval '2 minutes' where id = $1`, [id]);
  }

  return {
    wire: {
      target: (_to, path) => `/entente/v1/${path}`,
      async exchange(to, { path, headers, body }, signal) {
        await assertAround(to.node, to.key);
        const id = randomBytes(12).toString('base64url');
        await query('call', `insert into relay_call (id, key, path, headers, body, until) values ($1, $2, $3, $4, $5, now() + interval '2 minutes')`, [
          id,
          to.key,
          path,
          JSON.stringify(headers),
          body,
        ]);
        try {
          return await answerOf(id, signal);
        } catch (error) {
          await drop(id);
          throw error instanceof EntenteError ? error : new EntenteError('peer-unavailable', 'The other node did not answer in time.', {}, error);
        }
      },
    },

    async handle({ path: [area, id, verb, n, ...more], body, caller, signal }) {
      if (area !== 'relay' || id === undefined || more.length > 0) return undefined;
      if (id === 'poll' && verb === undefined) {
        const calls = await poll(caller.key, Poll.parse(body).max, signal ?? FOR_EVER);
        return { calls: calls.map((call) => ({ ...call, body: call.body.toString('base64') })) };
      }
      switch (verb ?? '') {
        case 'answer': {
          await assertWanted(id, caller.key);
          const { status, headers, body: answer } = Answered.parse(body);
          await query('answered', 'update relay_call set status = $2, answer_headers = $3, answer = $4 where id = $1 and status is null', [
            id,
            status,
            JSON.stringify(headers),
            answer === null ? null : Buffer.from(answer, 'base64'),
          ]);
          return { done: true };
        }
        case 'pieces':
          await assertWanted(id, caller.key);
          if (!Buffer.isBuffer(body) || !/^\d{1,9}$/.test(n ?? '')) throw new EntenteError('invalid-input', 'This is no piece of a content.');
          await takePiece(id, Number(n), body);
          return { done: true };
        case 'end':
          await assertWanted(id, caller.key);
          // What broke off is dropped, so that whoever waits for more hears of it at once.
          if (Ended.parse(body).whole) await query('end', 'update relay_call set ended = true where id = $1', [id]);
          else await drop(id);
          return { done: true };
        default:
          return undefined;
      }
    },

    async prune() {
      await pool.query('delete from relay_call where until < now()');
    },
  };
}
