/** A check that a connector does not hold, and why that is accepted. It is run all the same: an exception that is no longer needed fails. */
export interface Exception {
  /** The connector's id. */
  readonly connector: string;
  /** The check's id. */
  readonly check: string;
  /** Only for suites whose name contains this; default all suites of the connector. */
  readonly where?: string;
  /** A sentence: what the platform does instead, and what follows for people. */
  readonly reason: string;
  /** It cannot even be tried here (it would break the server, or take an hour): it is not run. */
  readonly cannotRun?: true;
}

/** All exceptions of all connectors. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    connector: 'gitlab',
    check: 'feed-shows-each-kind-of-change',
    reason: 'GitLab’s list does not show that a comment was deleted, and no webhook tells it: the sweep finds it, later.',
  },
  {
    connector: 'redmine',
    check: 'feed-shows-each-kind-of-change',
    reason: 'Redmine’s list does not show that a note was edited, hidden or removed: the sweep finds it, later.',
  },
  {
    connector: 'redmine',
    check: 'file-with-internal-comment',
    reason: 'Redmine shows the files of a private note to everybody who sees the issue: such a comment is rejected, so that nothing leaks.',
  },
  {
    connector: 'github',
    check: 'feed-shows-each-kind-of-change',
    reason: 'GitHub’s lists do not show that a comment was deleted: the webhook does at once, else the sweep finds it, later.',
  },
  {
    connector: 'github',
    check: 'file-aborted-leaves-nothing',
    where: 'github simulator',
    reason: 'GitHub takes no files: a comment links to the file, which is read when somebody opens it. One that cannot be read says so then.',
  },
  {
    connector: 'github',
    check: 'file-given-up-leaves-nothing',
    where: 'github simulator',
    reason: 'GitHub takes no files: nothing is read while the comment is written, so nothing can be given up in the middle.',
  },
  {
    connector: 'rt',
    check: 'file-of-0-bytes',
    reason:
      'RT takes no empty files: a comment with one is rejected, with a message that names the file. Remove the file on the other side, or put something in it.',
  },
];
