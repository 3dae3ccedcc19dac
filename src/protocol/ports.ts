import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Side } from '../engine/ports.ts';
import type { InstanceCard, NodeCard } from './wire.ts';

/** Another node, as far as it must be known to be called. `key` is the one that was pinned, or, before the handshake, the one that it showed. */
export interface Callee {
  readonly node: string;
  readonly url: string | null;
  readonly key: string;
}

/** Calls of other nodes. Every request is signed with our key, every answer is checked against theirs. */
export interface PeerClient {
  /** Our own card. */
  card(): Promise<NodeCard>;
  /**
   * What answers at an address: `/.well-known/entente`, and the instance that the address names (`https://node.example/acme`), or the only one.
   * Throws EntenteError: `wrong-address`, `private-address`, `no-node`, `peer-unavailable`, `several-instances`, `takes-no-connections`, `other-protocol`.
   */
  discover(url: string, signal: AbortSignal): Promise<{ readonly node: NodeCard; readonly instance: InstanceCard }>;
  /** Asks one node whether it serves the tracker at this address. Null: it does not, or does not say. Throws as `discover`. */
  serves(node: string, trackerUrl: string, signal: AbortSignal): Promise<{ readonly node: NodeCard; readonly instance: InstanceCard } | null>;
  /**
   * A JSON call: `POST <url>/entente/v1/<path>`. Throws EntenteError with the code and sentence that the other node answered with, when it is one of
   * ours; `peer-unavailable` when it could not be asked; `peer-refused` for everything else.
   */
  call<T>(to: Callee, path: string, body: unknown, answer: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** A stream whose digest is checked at its end; continues after a break. The other node gets `body` and the offset. Throws as `call`. */
  stream(to: Callee, path: string, body: object, signal: AbortSignal): Promise<Readable>;
}

/** Who called, proved by the signature. */
export interface PeerCaller {
  readonly node: string;
  readonly key: string;
}

/** Something that is not JSON: it is sent from `offset` on, with the digest of the whole at the end. `open` throws EntenteError or TrackerError. */
export class StreamAnswer {
  readonly offset: number;
  readonly open: (signal: AbortSignal) => Promise<Readable>;
  constructor(offset: number, open: (signal: AbortSignal) => Promise<Readable>) {
    this.offset = offset;
    this.open = open;
  }
}

/**
 * What the routes under /entente/v1 hand on. `path` is what comes after it, `side` the half that a call of a connection (`connections/:id/…`) is for:
 * its pinned key has signed the request. Calls without a connection are signed with a key that the body shows.
 * Returns what is answered (JSON, or a StreamAnswer), undefined for a path that it does not know. Throws EntenteError or ZodError.
 */
export type PeerHandler = (call: {
  readonly path: readonly string[];
  readonly body: unknown;
  readonly caller: PeerCaller;
  readonly side: Side | null;
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
}) => Promise<unknown>;
