import { EntenteError, ERRORS } from '../../core/errors.ts';
import type { Side } from '../../engine/ports.ts';
import { call } from './accept.ts';
import { askForAcceptance, leaveInvitation } from './invite.ts';
import { exchange, peerChanged, peerVanished, stateOfSide } from './lifecycle.ts';
import { calleeOfSide } from './look-up.ts';
import { Done, StateAnswer } from './messages.ts';
import { dropAccepted, iso } from './pending.ts';
import type { HandshakeDeps, Made, Notice } from './ports.ts';
import { claim } from './propose.ts';
import type { Road } from './road.ts';

const CALL_MS = 15_000;
const EXCHANGE_MS = 10 * 60_000;
/** After this, a side that cannot be reached is a problem that people should know of. */
const LONG_MS = 60 * 60_000;
const GIVE_UP_MS = 30 * 86_400_000;
const FORGET_MS = 7 * 86_400_000;
/** An acceptance whose answer was lost is asked for again for this long. */
const ACCEPTING_MS = 10 * 60_000;

/** What goes on by itself, one round of it: notices, claims and acceptances that were cut off, invitations left elsewhere, and what is over. */
export async function tick(deps: HandshakeDeps, road: Road, exchanged: Map<string, number>, signal: AbortSignal): Promise<void> {
  const now = deps.now();
  const limited = () => AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  const quietly = async (what: string, work: () => Promise<unknown>) => {
    if (signal.aborted) return;
    await work().catch((error: unknown) => {
      // What the other side says is told to people where it matters; anything else is a fault of ours.
      if (!signal.aborted && !(error instanceof EntenteError)) deps.warn(what, error);
    });
  };

  const sides = await deps.store.transaction((tx) => tx.sides());
  for (const side of sides.filter(
    ({ peer, status, peerState }) => peer.kind === 'node' && peer.remote && status !== 'pending' && peerState?.status !== 'removed',
  )) {
    const last = exchanged.get(side.id);
    // The first exchange after a start, or of a new connection, comes after a while, too.
    if (last === undefined) exchanged.set(side.id, now - EXCHANGE_MS + 30_000);
    else if (now - last >= EXCHANGE_MS) {
      exchanged.set(side.id, now);
      await quietly('asking the other side how it is', () => exchange(deps, side));
    }
  }
  await Promise.all((await deps.store.due(iso(now), 50)).map((notice) => quietly('telling the other side', () => deliver(deps, road, notice, limited()))));
  for (const row of await deps.store.list('outgoing', 'claiming')) await quietly('a claim', () => claim(deps, road, row, limited()));
  for (const row of await deps.store.list('incoming', 'accepting')) {
    const by = row.confirmedBy;
    if (by && row.proposal.from.node.url !== null && Date.parse(row.createdAt) > now - ACCEPTING_MS)
      await quietly('an acceptance', () => call(deps, road, row, by, limited()));
  }
  for (const made of await deps.store.list('invitation', null)) {
    // Often while people wait for it, now and then later.
    const isDue = Date.parse(made.createdAt) > now - ACCEPTING_MS || Math.floor(now / 1000) % 6 === 0;
    if (!isDue || Date.parse(made.expiresAt) <= now - ACCEPTING_MS) continue;
    if (made.leftWith !== null) await quietly('an invitation', () => askForAcceptance(deps, road, made, limited()));
    else if (made.status === 'open') await quietly('an invitation', () => leaveAgain(deps, road, made, limited()));
  }
  while (!signal.aborted && (await deps.store.sweepRemoved()));
  await forgetOld(deps, now);
}

/** The other side was away when the invitation was to be left there. */
async function leaveAgain(deps: HandshakeDeps, road: Road, made: Made, signal: AbortSignal): Promise<void> {
  const row = await deps.store.transaction((tx) => tx.get('outgoing', made.connection));
  if (row) await leaveInvitation(deps, road, row, made, signal);
}

/** A request that nobody has taken up for a week goes, with its pending half. */
async function forgetOld(deps: HandshakeDeps, now: number): Promise<void> {
  const old = iso(now - FORGET_MS);
  for (const row of await deps.store.list('outgoing', 'open')) {
    if (row.expiresAt >= old) break;
    await deps.store.transaction(async (tx) => {
      const side = await tx.side(row.side);
      if (side?.status === 'pending') tx.dropSide(side);
      tx.drop('outgoing', row.id);
    });
  }
  for (const row of await deps.store.list('incoming', 'accepting')) {
    if (row.expiresAt >= old) break;
    await deps.store.transaction(async (tx) => dropAccepted(tx, row, row.half && (await tx.side(row.half.side))));
  }
  await deps.store.forget(old);
}

/** Throws nothing that is expected: what could not be told is planned anew. */
async function deliver(deps: HandshakeDeps, road: Road, notice: Notice, signal: AbortSignal): Promise<void> {
  const side = await deps.store.transaction((tx) => tx.side(notice.side));
  const about = notice.path.endsWith('/state') ? notice.key.slice('state/'.length) : null;
  const drop = () =>
    deps.store.transaction(async (tx) => {
      const now = await tx.notice(notice.key);
      // A newer one is not told yet.
      if (now?.since === notice.since) tx.dropNotice(notice.key);
    });
  if (about !== null && notice.body === null && !side) return drop();
  try {
    const callee = (side && about !== null && calleeOfSide(side)) || notice.callee;
    if (about === null) await road.ask(callee, notice.path, notice.body, Done, signal);
    else {
      const body = notice.body ?? (side && (await stateOfSide(deps, side)));
      const { state } = await road.ask(callee, notice.path, body, StateAnswer, signal);
      if (side) await (state ? peerChanged(deps, side.id, state) : peerVanished(deps, side.id, null));
    }
    await drop();
  } catch (error) {
    if (!(error instanceof EntenteError)) throw error;
    const { code } = error;
    if (code === 'peer-gone' || code === 'unknown-connection') {
      if (side && about !== null) await peerVanished(deps, side.id, null);
      return drop();
    }
    // There is nobody left who wants to know.
    if (code === 'no-such-request' || code === 'request-over') return drop();
    await later(deps, notice, side, error);
  }
}

async function later(deps: HandshakeDeps, notice: Notice, side: Side | null, error: EntenteError): Promise<void> {
  const now = deps.now();
  const lasted = now - Date.parse(notice.since);
  const nextAt = iso(now + Math.min(10 * 60_000, 5000 * 2 ** Math.min(notice.attempts, 10)));
  await deps.store.transaction(async (tx) => {
    const current = await tx.notice(notice.key);
    if (current?.since !== notice.since) return;
    if (lasted > GIVE_UP_MS) tx.dropNotice(notice.key);
    else tx.tell({ ...current, attempts: current.attempts + 1, nextAt });
    const own = side && lasted > LONG_MS ? await tx.side(side.id) : null;
    if (!own || own.status === 'error' || (own.problem !== null && own.problem.code !== error.code)) return;
    tx.saveSide({
      ...own,
      problem: {
        level: 'connection',
        code: error.code,
        message: `${own.peer.name} could not be reached since ${notice.since.slice(0, 16).replace('T', ' ')} UTC: ${error.message}`,
        remedy: ERRORS[error.code].remedy,
        since: notice.since,
        attempts: current.attempts + 1,
        retryAt: nextAt,
      },
    });
  });
}
