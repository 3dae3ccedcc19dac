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
  'connection-inactive': text('request', 409, 'The connection is not active.', 'Activate it. Changes are kept and go out then.'),
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
