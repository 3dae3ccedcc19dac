import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { EntenteError } from '../core/errors.ts';
import { isSignedBy } from './identity.ts';
import { Proposal } from './wire.ts';

/** What an invitation code says. The secret works once, until `expiresAt` of the proposal. */
export const Invitation = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{16,40}$/),
  secret: z.string().regex(/^[A-Za-z0-9_-]{22,86}$/),
  proposal: Proposal,
  /** Only the instance at this address can accept it. */
  boundTo: z.string().max(2000).nullable(),
});
export type Invitation = z.infer<typeof Invitation>;

const VERSION = 1;
const PREFIX = 'entente';
/** An Ed25519 signature in base64url. */
const SIGNATURE = 86;
const MAX_BYTES = 64 * 1024;
const ALPHABET = /^[A-Za-z0-9_-]*$/;

/** `entente.1.<payload>.<signature>`; the payload is deflated JSON in base64url. `sign`: Ed25519 over the text before the last dot, in base64url. */
export async function writeInvitationCode(invitation: Invitation, sign: (text: string) => Promise<string>): Promise<string> {
  const payload = deflateRawSync(JSON.stringify(invitation)).toString('base64url');
  const text = `${PREFIX}.${VERSION}.${payload}`;
  return `${text}.${await sign(text)}`;
}

/**
 * Reads a code as it was pasted: line breaks and spaces inside it, and words around it, do no harm. Proves only that it is whole: who made it is proved
 * when the node that it names answers. Throws `invitation-unreadable`, `invitation-truncated`, `invitation-tampered`, `other-protocol`.
 */
export function readInvitationCode(pasted: string): Invitation {
  const start = pasted.search(/entente\s*\./i);
  if (start < 0)
    throw new EntenteError(
      'invitation-unreadable',
      looksLikeAPart(pasted) ? 'This looks like a part of an invitation code: its beginning is missing.' : undefined,
    );
  // Mail programs break long lines, chat programs add invisible characters.
  const [prefix, version, payload, rest] = pasted
    .slice(start)
    .replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff]+/gu, '')
    .split('.', 4);
  if (prefix?.toLowerCase() !== PREFIX || version === undefined) throw new EntenteError('invitation-unreadable');
  if (version === '' || payload === undefined) throw new EntenteError('invitation-truncated');
  if (!/^\d{1,6}$/.test(version)) throw new EntenteError('invitation-unreadable');
  if (Number(version) !== VERSION)
    throw new EntenteError('other-protocol', `The invitation code was made by a newer node (it is of version ${version}, this node reads ${VERSION}).`);
  if (!ALPHABET.test(payload)) throw new EntenteError('invitation-tampered');
  if (rest === undefined) throw new EntenteError('invitation-truncated');
  // What follows the signature without a space does not belong to it.
  const signature = rest.slice(0, SIGNATURE);
  if (!ALPHABET.test(signature)) throw new EntenteError(/^[A-Za-z0-9_-]*[^A-Za-z0-9_-]*$/.test(signature) ? 'invitation-truncated' : 'invitation-tampered');
  if (signature.length < SIGNATURE) throw new EntenteError('invitation-truncated');
  const invitation = parse(payload);
  if (!isSignedBy(invitation.proposal.from.node.key, `${PREFIX}.${VERSION}.${payload}`, Buffer.from(signature, 'base64url')))
    throw new EntenteError('invitation-tampered');
  return invitation;
}

const looksLikeAPart = (text: string): boolean => /^[A-Za-z0-9_.-]{80,}$/.test(text.trim());

function parse(payload: string): Invitation {
  try {
    return Invitation.parse(JSON.parse(inflateRawSync(Buffer.from(payload, 'base64url'), { maxOutputLength: MAX_BYTES }).toString()));
  } catch (error) {
    throw new EntenteError('invitation-tampered', undefined, {}, error);
  }
}
