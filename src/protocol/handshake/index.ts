import type { Instance, Side } from '../../engine/ports.ts';
import { type Invitation, readInvitationCode } from '../invitation-code.ts';
import type { PeerHandler } from '../ports.ts';
import type { Half } from '../wire.ts';
import { accept, assertAcceptable, assertStillOpen } from './accept.ts';
import * as consent from './consent.ts';
import { createHandler } from './handler.ts';
import * as invite from './invite.ts';
import * as lifecycle from './lifecycle.ts';
import { type Found, lookUp } from './look-up.ts';
import { cancel } from './pending.ts';
import type { Actor, HandshakeDeps, Incoming, Made, Outgoing } from './ports.ts';
import { type Finished, finish, type Initiated, type InitiateInput, initiate, resume, returning } from './propose.ts';
import { createRoad } from './road.ts';
import { tick } from './tick.ts';

export { isVerified, stateOf, wayBack } from './consent.ts';
export type { Actor, Incoming, Made } from './ports.ts';
export { createHandshakeStore } from './postgres.ts';
export { ownAddress } from './propose.ts';
export { inWords } from './words.ts';

const TICK_MS = 3000;

/** How connections come to be, change and end. What each throws is said where it is made. */
export interface Handshake {
  readonly handle: PeerHandler;
  lookUp(own: Instance, typed: string, signal: AbortSignal): Promise<Found>;
  initiate(input: InitiateInput, signal: AbortSignal): Promise<Initiated>;
  resume(connection: string, by: Actor, signal: AbortSignal): Promise<string>;
  cancel(connection: string, by: Actor): Promise<void>;
  finish(
    back: { readonly state: string; readonly code: string | null; readonly error: string | null; readonly by: Actor },
    signal: AbortSignal,
  ): Promise<Finished>;
  /** Who began the connection whose state the browser brings back; null: nobody here. */
  returning(state: string): Promise<{ readonly instance: string; readonly by: Actor } | null>;
  /** What a pending half of ours waits for. */
  pendingOf(side: Side): Promise<Pending | null>;

  invitation(connection: string): Promise<Made>;
  codeOf(made: Made): Promise<string | null>;
  reissue(connection: string, by: Actor, signal: AbortSignal): Promise<Made>;
  revoke(connection: string, by: Actor): Promise<Made>;
  readCode(code: string): Invitation;
  /** Asks the inviting node, where it can be reached. Throws `invitation-…`. */
  assertStillOpen(invitation: Invitation, signal: AbortSignal): Promise<void>;
  /** Throws for an instance that cannot accept it; `scope` undefined: not chosen yet. */
  assertAcceptable(invitation: Invitation, instance: Instance, scope: Half['scope'] | undefined): Promise<void>;
  accept(invitation: Invitation, instance: Instance, scope: Half['scope'], by: Actor, signal: AbortSignal): Promise<Side>;

  consentOf(id: string): Promise<Incoming>;
  verified(id: string, by: Actor, scopes: readonly { readonly id: string; readonly name: string }[]): Promise<Incoming>;
  confirm(id: string, instance: Instance, scope: Half['scope'], by: Actor): Promise<Incoming>;
  refuse(id: string, instance: Instance, by: Actor): Promise<Incoming>;

  setActive(sides: readonly string[], active: boolean, by: Actor): Promise<void>;
  rename(side: string, to: { readonly name?: string; readonly description?: string }, by: Actor): Promise<void>;
  remove(sides: readonly string[], by: Actor): Promise<void>;

  /** One round of what goes on by itself. */
  tick(signal: AbortSignal): Promise<void>;
  /** Round after round, of several processes in one. Returns how to stop. */
  start(mayTick: () => Promise<boolean>): { stop(): Promise<void> };
}

/** What a pending half waits for. `destination`: what was found at the address that was entered. */
export interface Pending extends Pick<Outgoing, 'path' | 'expiresAt' | 'wanted' | 'destination'> {}

async function pendingOf(deps: HandshakeDeps, side: Side): Promise<Pending | null> {
  return deps.store.transaction(async (tx) => {
    const row = await tx.get('outgoing', side.connection);
    if (row?.side === side.id) return row;
    const ours = (await tx.ofConnection('incoming', side.connection)).find(({ half }) => half?.side === side.id);
    return ours ? { path: 'invitation', expiresAt: ours.expiresAt, wanted: null, destination: null } : null;
  });
}

export function createHandshake(deps: HandshakeDeps): Handshake {
  const handle = createHandler(deps);
  const road = createRoad(deps, () => handle);
  const exchanged = new Map<string, number>();
  let soon = () => {};
  /** What has to be told is told at once. */
  const then = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    soon();
    return result;
  };
  const once = (signal: AbortSignal) => tick(deps, road, exchanged, signal);
  return {
    handle,
    lookUp: (own, typed, signal) => lookUp(deps, own, typed, signal),
    initiate: (input, signal) => initiate(deps, road, input, signal),
    resume: (connection, by, signal) => resume(deps, road, connection, by, signal),
    cancel: (connection, by) => then(cancel(deps, connection, by)),
    finish: (back, signal) => finish(deps, road, back, signal),
    returning: (state) => returning(deps, state),
    pendingOf: (side) => pendingOf(deps, side),
    invitation: (connection) => invite.invitationOf(deps, connection),
    codeOf: (made) => invite.codeOf(deps, made),
    reissue: (connection, by, signal) => invite.reissue(deps, road, connection, by, signal),
    revoke: (connection, by) => invite.revoke(deps, connection, by),
    readCode: readInvitationCode,
    assertStillOpen: (invitation, signal) => assertStillOpen(deps, road, invitation, signal),
    assertAcceptable: (invitation, instance, scope) => assertAcceptable(deps, invitation, instance, scope),
    accept: (invitation, instance, scope, by, signal) => accept(deps, road, invitation, instance, scope, by, signal),
    consentOf: (id) => consent.consentOf(deps, id),
    verified: (id, by, scopes) => consent.verified(deps, id, by, scopes),
    confirm: (id, instance, scope, by) => consent.confirm(deps, id, instance, scope, by),
    refuse: (id, instance, by) => then(consent.refuse(deps, id, instance, by)),
    setActive: (sides, active, by) => then(lifecycle.setActive(deps, sides, active, by)),
    rename: (side, to, by) => then(lifecycle.rename(deps, side, to, by)),
    remove: (sides, by) => then(lifecycle.remove(deps, sides, by)),
    tick: once,
    start(mayTick) {
      const ending = new AbortController();
      let running: Promise<void> | null = null;
      let again = false;
      const round = async () => {
        do {
          again = false;
          if (await mayTick()) await once(ending.signal);
        } while (again && !ending.signal.aborted);
      };
      const run = () => {
        if (ending.signal.aborted) return;
        if (running) {
          again = true;
          return;
        }
        running = round()
          .catch((error: unknown) => deps.warn('connections', error))
          .finally(() => {
            running = null;
          });
      };
      soon = run;
      const timer = setInterval(run, TICK_MS);
      run();
      return {
        async stop() {
          clearInterval(timer);
          ending.abort(new Error('The node is stopping.'));
          await running;
        },
      };
    },
  };
}
