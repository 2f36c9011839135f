// Errors that only the command line has.

/** The arguments were wrong; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The work was done, and the check found a problem. */
export class CheckFailedError extends Error {
  override readonly name = 'CheckFailedError';
}

/** Jobs of a batch failed; the others are done. */
export class JobsFailedError extends Error {
  override readonly name = 'JobsFailedError';
}

/** The output is written, and its lips and sound agree less than was asked for, or that cannot be told. */
export class OutOfSyncError extends Error {
  override readonly name = 'OutOfSyncError';
}
