import type pg from 'pg';
import type { Caller, Role } from '../server/authentication.ts';
import { createEvents, type Events } from './events.ts';
import { createMembers, type Members } from './members.ts';
import { createToken, dropToken, listTokens, type Token, tokenOf } from './tokens.ts';

export type { AuditEvent, RecordedEvent } from './events.ts';
export type { Member } from './members.ts';
export { CLI_TOKEN, type Token, writeCliToken } from './tokens.ts';

/** Who may do what on this node, and what they did. */
export interface People {
  readonly members: Members;
  readonly events: Events;
  readonly tokens: {
    list(): Promise<readonly Token[]>;
    /** The token itself, which is seen this once; null: the name is taken at that instance. */
    create(token: { readonly name: string; readonly instance: string | null; readonly role: Role }): Promise<string | null>;
    drop(token: Pick<Token, 'name' | 'instance'>): Promise<void>;
  };
  /** Somebody who has signed in. */
  person(user: { readonly id: string; readonly name: string; readonly email: string }): Promise<Caller>;
  /** Whoever holds a token; null: it is none. */
  bearer(token: string): Promise<Caller | null>;
}

/** `instanceIds`: a token for all instances holds for those that come later, too. */
export function createPeople({ pool, instanceIds }: { readonly pool: pg.Pool; readonly instanceIds: () => Promise<readonly string[]> }): People {
  const members = createMembers(pool);
  return {
    members,
    events: createEvents(pool),
    tokens: { list: () => listTokens(pool), create: (token) => createToken(pool, token), drop: (token) => dropToken(pool, token) },
    async person({ id, name, email }) {
      return { user: id, name, email, ...(await members.rolesOf(id)), confinedTo: null };
    },
    async bearer(given) {
      const token = await tokenOf(pool, given);
      if (!token) return null;
      const ids = token.instance === null ? await instanceIds() : [token.instance];
      return {
        user: null,
        name: token.name,
        email: null,
        operator: token.instance === null && token.role === 'owner',
        roles: Object.fromEntries(ids.map((id) => [id, token.role])),
        confinedTo: null,
      };
    },
  };
}
