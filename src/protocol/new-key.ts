import { z } from 'zod';
import { isSignedBy, type SigningKey } from './identity.ts';

/** `connections/:id/key`, signed with the key that was pinned: from now on it is `key`, whose holder has signed `proof`. */
export const NewKey = z.object({ key: z.string().regex(/^[A-Za-z0-9_-]{43}$/), proof: z.string().regex(/^[A-Za-z0-9_-]{86}$/) });

const words = (connection: string, before: string, after: string): string => `entente new key\n${connection}\n${before}\n${after}`;

/** Ed25519 over four lines: the words `entente new key`, the connection, the key before and the key after. */
export const newKeyProof = (connection: string, before: string, after: SigningKey): string =>
  after.sign(words(connection, before, after.key)).toString('base64url');

export const provesNewKey = (connection: string, before: string, { key, proof }: z.infer<typeof NewKey>): boolean =>
  isSignedBy(key, words(connection, before, key), Buffer.from(proof, 'base64url'));

export const Done = z.object({ done: z.literal(true) });
