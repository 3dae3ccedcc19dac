import type { Snapshot } from '../../core/entity.ts';
import type { CallContext } from '../../lib/http.ts';
import type { WireComment, WireTicket, WireUser } from './api.ts';
import { type Me, whoAmI } from './checks.ts';
import type { Client } from './client.ts';
import { createFiles, type Files } from './files.ts';
import { attachmentsOf, snapshotOf } from './map.ts';

/** An open account: what reading and writing share. */
export interface Account {
  readonly client: Client;
  readonly files: Files;
  /** Who we are: one request, the first time. */
  me(call: CallContext): Promise<Me>;
  /** An entity from what Zendesk answered; remembers where its files are. */
  snapshot(me: Me, ticket: WireTicket, comments: readonly WireComment[], users: ReadonlyMap<number, WireUser>): Snapshot;
}

export function openAccount(client: Client): Account {
  const files = createFiles(client);
  let known: Promise<Me> | null = null;
  return {
    client,
    files,
    me(call) {
      known ??= whoAmI(client, call).catch((error: unknown) => {
        known = null;
        throw error;
      });
      return known;
    },
    snapshot(me, ticket, comments, users) {
      files.learn(comments.flatMap(attachmentsOf));
      return snapshotOf({ origin: client.origin, me: me.id, ticket, comments, users });
    },
  };
}
