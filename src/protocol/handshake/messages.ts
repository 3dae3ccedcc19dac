import { z } from 'zod';
import { Half, InstanceCard, NodeCard, Proposal, text } from '../wire.ts';

/** What nodes say to each other to set up, change and end a connection. `card` is the caller's: its key has signed the request. */
const token = z.string().regex(/^[A-Za-z0-9_-]{16,100}$/);
const moment = z.iso.datetime();
const person = text(200);

/** `lookup`: may we ask this instance for a connection? */
export const LookupAsked = z.object({ card: NodeCard, from: InstanceCard, to: text(60) });
export const LookupAnswer = z.object({ takes: z.literal(true) });

/** `proposals`. `challenge`: SHA-256 of the verifier, base64url (RFC 7636). `state` comes back with the browser. */
export const Proposed = z.object({
  card: NodeCard,
  proposal: Proposal,
  /** Slug of the instance that is asked, and the address that was entered. */
  to: text(60),
  wanted: text(2000),
  challenge: token,
  state: token,
  returnUrl: z.url({ protocol: /^https?$/ }).max(1000),
});
export const ProposedAnswer = z.object({ id: token, expiresAt: moment });

/** `proposals/:id/claim`: the code has come with the browser. */
export const Claimed = z.object({ card: NodeCard, code: token, verifier: token, half: Half });
export const ClaimedAnswer = z.object({ half: Half });

/** `proposals/:id/cancel`, and `proposals/:connection/refused` in the other direction. */
export const Ended = z.object({ card: NodeCard, by: person });
export const Done = z.object({ done: z.literal(true) });

/** `invitations/:id/read`: can it still be accepted? */
export const Read = z.object({ card: NodeCard, secret: token });
/** `invitations/:id/accept`. */
export const Accepted = z.object({ card: NodeCard, secret: token, half: Half });
export const AcceptedAnswer = z.object({ half: Half });

/** `invitations`: a node that cannot be called leaves one. */
export const LeftBehind = z.object({ card: NodeCard, id: token, connection: Proposal.shape.connection, expiresAt: moment });
/** `invitations/:id/wait`: has somebody accepted it? */
export const Waiting = z.object({ card: NodeCard });
export const WaitingAnswer = z.object({ accepted: z.object({ half: Half, secret: token }).nullable() });
/** `invitations/:id/done`: the inviting node's half, or why not. */
export const Settled = z.object({ card: NodeCard, half: Half.nullable(), refusal: z.string().max(60).nullable() });

/** `connections/:id/state`: how a half is now. The answer is the same of the other half; null where it is gone. */
export const SideState = z.object({
  status: z.enum(['active', 'deactivated', 'removed']),
  by: person.nullable(),
  at: moment,
  name: text(120).min(1),
  description: text(2000),
  namedAt: moment.nullable(),
  node: NodeCard,
  instance: InstanceCard,
});
export type SideState = z.infer<typeof SideState>;
export const StateAnswer = z.object({ state: SideState.nullable() });
