import type { TrackerErrorKind } from './tracker-error.ts';

/** What an error stops. `request`: nothing is stored, the person is told. */
export type ErrorLevel = 'request' | 'twin' | 'connection' | 'instance';

interface ErrorText {
  readonly level: ErrorLevel;
  /** HTTP status of the REST API's answer. */
  readonly status: number;
  /** What it means, for docs/errors.md. */
  readonly means: string;
  /** What the admin can do. Shown beside every message. */
  readonly remedy: string;
}

const text = (level: ErrorLevel, status: number, means: string, remedy: string): ErrorText => ({ level, status, means, remedy });

/** Every error that a person can meet. docs/errors.md is generated from this table. */
export const ERRORS = {
  // The tracker, or the way to it. Levels as the table in docs/architecture.md says.
  'tracker-unavailable': text(
    'twin',
    503,
    'The tracker did not answer, or answered with a failure of its own.',
    'Nothing: it is tried again by itself. If it lasts, check that the tracker is up and that the node may reach it.',
  ),
  'tracker-rate-limited': text(
    'instance',
    503,
    'The tracker allows no more calls for now.',
    'Nothing: work on this instance goes on at the time given, interactive work first.',
  ),
  'tracker-auth': text(
    'instance',
    401,
    'The tracker does not accept the credentials.',
    'Enter working credentials for the instance, then check it. Everything that waits goes on from its current state.',
  ),
  'tracker-forbidden': text('twin', 403, 'The account that Entente uses may not do this.', 'Give the account access at the tracker, then retry.'),
  'tracker-not-found': text(
    'twin',
    404,
    'The tracker says that there is no such thing, or does not show it to the account that Entente uses.',
    'Check that it exists and that the account may see it, then retry.',
  ),
  'tracker-conflict': text('twin', 409, 'Somebody changed the entity at the same moment, several times in a row.', 'Nothing: it is tried again by itself.'),
  'tracker-rejected': text('twin', 422, 'The tracker refused a value.', 'Change the value on the other side or the rules of the tracker, then retry.'),
  'tracker-protocol': text('instance', 502, 'What answered is not such a tracker, or not a version that Entente knows.', 'Check the URL of the instance.'),
  // Between the two halves of a connection
  'peer-unavailable': text(
    'twin',
    503,
    'The other side of the connection could not be reached.',
    'Nothing: it is tried again by itself. If it lasts, ask the other side.',
  ),
  'peer-refused': text('connection', 409, 'The other side of the connection refused what was sent.', 'Look at the connection on the other side.'),
  'peer-gone': text('connection', 410, 'The other side has removed the connection.', 'Remove it here too, or set it up anew. Tickets stay as they are.'),
  'peer-off': text('connection', 409, 'The other side has deactivated the connection.', 'Nothing: changes are kept, and go out when it is activated there.'),
  'bad-signature': text(
    'connection',
    401,
    'A request between nodes is not signed as it has to be: altered on the way, signed with another key, too old, or sent twice.',
    'Check the clocks of both nodes and what stands between them. If the other node has a new key, set the connection up anew.',
  ),
  'other-protocol': text(
    'connection',
    409,
    'The two nodes have no version of the protocol in common, or one needs something that the other cannot do.',
    'Bring the older node up to date.',
  ),
  'node-copied': text(
    'connection',
    409,
    'Two nodes with the same identity are running, or one has gone back to an older state.',
    'On the node that is the real one, answer the question in the console: this is the real one.',
  ),
  'rule-failed': text('twin', 422, 'A sync rule threw an error.', 'Mend the rule, then retry.'),
  'comment-unreadable': text(
    'twin',
    409,
    'The other side changed a comment that the account cannot read here.',
    'Let the account read the comment again; it is tried again by itself.',
  ),
  'alternating-value': text(
    'twin',
    409,
    'A field keeps changing between two values: the two sides’ rules disagree.',
    'Change the rules or the value, then retry.',
  ),
  'in-doubt': text('twin', 409, 'A call timed out and may still take effect, so Entente waits before it looks again.', 'Nothing: it goes on by itself.'),
  'broken-invariant': text(
    'twin',
    500,
    'Entente found itself in a state that should not exist and stopped before it could do harm.',
    'Retry. If it comes back, report it with the sync run.',
  ),
  // What a person asked for
  'wrong-urn': text('request', 404, 'No entity with this URN was found.', 'Check the URN. It is what the tracker shows as the ticket’s number or key.'),
  'ambiguous-urn': text('request', 409, 'The URN fits entities of several instances.', 'Put the instance’s name in front: acme/4711.'),
  'already-under-sync': text('request', 409, 'The entity is under sync on this connection already.', 'Look at its status; nothing has to be done.'),
  'unknown-instance': text('request', 404, 'There is no instance of this name.', 'List the instances and use one of those names.'),
  'unknown-connection': text('request', 404, 'There is no connection of this name.', 'List the connections and use one of those names.'),
  'unknown-platform': text('request', 400, 'There is no connector for this platform.', 'Use one of the platforms that are listed.'),
  'unknown-scope': text('request', 400, 'The instance has no such scope.', 'Use one of the scopes that are listed.'),
  'scope-needed': text('request', 400, 'Incoming entities need a scope to be created in.', 'Choose one of the scopes that are listed.'),
  'unknown-type': text('request', 400, 'The instance has no entity type of this name.', 'Use one of the types that are listed.'),
  'no-type': text(
    'twin',
    422,
    'The destination has no entity type that can be created.',
    'Set a default entity type on the destination instance, or give the account the right to create one, then retry.',
  ),
  'name-taken': text('request', 409, 'The name is in use.', 'Choose another name.'),
  'same-entity-twice': text('request', 409, 'A connection needs two different sides.', 'Choose two instances, or two scopes of one.'),
  'consent-needed': text(
    'request',
    400,
    'Basic mode makes internal comments public on the other side, and nobody has said that this is understood.',
    'Confirm it: --internal-comments-become-public, or the tick in the console.',
  ),
  // Setting up a connection
  'wrong-address': text('request', 400, 'This is no web address.', 'Enter the address of the tracker or of a node, such as https://acme.example.com.'),
  'own-address': text('request', 409, 'The address is this instance’s own.', 'Choose another scope of it for a local connection, or enter another address.'),
  'private-address': text(
    'request',
    403,
    'The address lies in a private network, which this node does not call.',
    'Ask the operator to allow it (ENTENTE_ALLOW_PRIVATE), or take the invitation path.',
  ),
  'no-node': text(
    'request',
    404,
    'No Entente node was found at the address, and none that is known serves it.',
    'Enter the node’s address from General settings of the other side, or take the invitation path.',
  ),
  'several-instances': text(
    'request',
    409,
    'The node serves several instances.',
    'Enter the whole address from General settings of the instance that you mean.',
  ),
  'takes-no-connections': text('request', 403, 'The other side takes no connections from here.', 'Ask its admin for an invitation.'),
  'no-such-request': text('request', 404, 'There is no such request for a connection; it may have expired.', 'Begin again on the side where it was started.'),
  'request-over': text('request', 409, 'This request for a connection is already decided.', 'Look at the connections, or begin again.'),
  'not-verified': text('request', 409, 'Access to the instance has not been proved within the last minute.', 'Verify access, then confirm.'),
  'invitation-unreadable': text('request', 400, 'This is no invitation code.', 'Copy the whole code once more: it begins with entente. and has no gaps.'),
  'invitation-truncated': text('request', 400, 'The invitation code is not complete.', 'Copy the whole code once more, up to its last letter.'),
  'invitation-tampered': text(
    'request',
    400,
    'The invitation code was changed after it was made.',
    'Ask the other side for a new code, on a way that leaves it as it is.',
  ),
  'invitation-expired': text('request', 410, 'The invitation has expired.', 'Ask the other side to issue it again.'),
  'invitation-used': text('request', 409, 'The invitation has been accepted already.', 'Look at the connections; for another one, ask for a new code.'),
  'invitation-revoked': text('request', 410, 'The other side has revoked the invitation.', 'Ask the other side to issue it again.'),
  'invitation-own': text('request', 409, 'This invitation was made here.', 'Send it to the admin of the other side: it is accepted there.'),
  'invitation-elsewhere': text(
    'request',
    403,
    'The invitation is meant for another instance.',
    'Accept it on the instance that it names, or ask for one that is not bound.',
  ),
  'invitation-unreachable': text(
    'request',
    409,
    'Neither node can call the other, so the invitation cannot be accepted.',
    'Make one of the two nodes reachable, or send the invitation the other way round with the address filled in.',
  ),
  'connection-pending': text('request', 409, 'The connection has not been accepted yet.', 'Wait until the other side accepts, or cancel it.'),
  'instance-in-use': text('request', 409, 'The instance still has connections.', 'Remove its connections first.'),
  'last-owner': text('request', 409, 'An instance needs an owner.', 'Make somebody else an owner first.'),
  'node-guarded': text(
    'request',
    409,
    'This node may be a copy of another one, or has gone back in time, so nothing moves.',
    'An operator has to say which it is: in the console, on every page’s top.',
  ),
  'connection-inactive': text('request', 409, 'The connection is not active.', 'Activate it. Changes are kept and go out then.'),
  'needs-https': text(
    'request',
    409,
    'The tracker shows pages of https addresses only, and this node’s public address is none.',
    'Ask the operator to give the node a public https address (ENTENTE_URL), then download the app again.',
  ),
  'invalid-input': text('request', 400, 'Something in the request is missing or malformed.', 'Correct what the message names.'),
  'sign-in-needed': text('request', 401, 'Nobody is signed in.', 'Sign in, or send an API token.'),
  'not-allowed': text('request', 403, 'You may not do this.', 'Ask an owner of the instance.'),
  'not-found': text('request', 404, 'There is nothing at this address.', 'Check the address.'),
  'node-unreachable': text('request', 503, 'The command could not reach the node.', 'Start the node, or say where it is: --node or ENTENTE_NODE.'),
  internal: text('request', 500, 'Entente failed. The log says more.', 'Try again. If it comes back, report it with the log.'),
} as const satisfies Record<string, ErrorText>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code, a plain sentence and what to do. `message` says what happened, in this case. */
export class EntenteError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: ErrorCode, message: string = ERRORS[code].means, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'EntenteError';
    this.code = code;
    this.details = details;
  }
  get remedy(): string {
    return ERRORS[this.code].remedy;
  }
}

/** The code under which a tracker's failure is shown. A cursor that expired is mended by a full scan and never shown. */
export const codeOfTrackerError: Record<Exclude<TrackerErrorKind, 'cursor-expired'>, ErrorCode> = {
  unavailable: 'tracker-unavailable',
  'rate-limited': 'tracker-rate-limited',
  auth: 'tracker-auth',
  forbidden: 'tracker-forbidden',
  'not-found': 'tracker-not-found',
  conflict: 'tracker-conflict',
  rejected: 'tracker-rejected',
  protocol: 'tracker-protocol',
};
