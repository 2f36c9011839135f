// The error classes of the library: one with a machine-readable code, and those that carry data of their own.

/** What went wrong, as a stable word; the command line maps each to an exit status. */
export type ErrorCode =
  | 'aborted'
  | 'audio-empty'
  | 'audio-silent'
  | 'audio-too-short'
  | 'checkpoint-corrupt'
  | 'checkpoint-mismatch'
  | 'config-invalid'
  | 'device-unavailable'
  | 'download-failed'
  | 'file-not-found'
  | 'input-invalid'
  | 'insufficient-disk'
  | 'insufficient-memory'
  | 'locked'
  | 'media-unreadable'
  | 'model-not-downloaded'
  | 'model-unknown'
  | 'no-audio-track'
  | 'no-face'
  | 'no-video-track'
  | 'output-is-input'
  | 'output-not-writable'
  | 'runtime-failed'
  | 'training-diverged';

/**
 * An error that a user can act on: the first line names the thing and the rule, later lines say what to do.
 *
 * @example
 * throw new LatentSyncError('no-audio-track', `${path} has no audio track.\nGive a file with speech.`);
 */
export class LatentSyncError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LatentSyncError';
    this.code = code;
  }
}

/** Everything that does not fit between a checkpoint and the network built for it. */
export interface CheckpointMismatch {
  /** The checkpoint, as the user named it. */
  source: string;
  /** Keys that the network has and the checkpoint lacks. */
  missing: readonly string[];
  /** Keys that the checkpoint has and the network lacks. */
  unexpected: readonly string[];
  /** Keys in both, with different shapes. */
  misshaped: readonly { key: string; expected: readonly number[]; actual: readonly number[] }[];
}

const LISTED_KEYS = 20;

function listed(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, LISTED_KEYS).map((line) => `\n    ${line}`);
  const rest = lines.length > LISTED_KEYS ? `\n    … and ${lines.length - LISTED_KEYS} more` : '';
  return `\n  ${lines.length} ${title}:${shown.join('')}${rest}`;
}

/** A checkpoint whose keys or shapes do not fit the configuration; all differences at once are in its fields. */
export class CheckpointMismatchError extends LatentSyncError implements CheckpointMismatch {
  readonly source: string;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshaped: CheckpointMismatch['misshaped'];

  constructor({ source, missing, unexpected, misshaped }: CheckpointMismatch) {
    const shapes = misshaped.map(
      ({ key, expected, actual }) => `${key}: expected [${expected.join(', ')}], found [${actual.join(', ')}]`,
    );
    super(
      'checkpoint-mismatch',
      `${source} does not fit the configured network:` +
        listed('missing', missing) +
        listed('unexpected', unexpected) +
        listed('of another shape', shapes) +
        '\nCheck that the configuration belongs to this checkpoint: "latentsync models info FILE" lists its tensors.',
    );
    this.name = 'CheckpointMismatchError';
    this.source = source;
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

/** Returns the message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
