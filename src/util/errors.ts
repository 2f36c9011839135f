// The error classes of the library: one with a machine-readable code and a remedy, and one that carries data of its own.
import { printable } from './printable.ts';
import {
  action,
  joinWording,
  wordForPrograms,
  wording,
  type ActionReference,
  type OptionValue,
  type Wording,
} from './wording.ts';

/** What went wrong, as a stable word; the command line maps each to an exit status. */
export type ErrorCode =
  | 'aborted'
  | 'audio-empty'
  | 'audio-silent'
  | 'audio-too-short'
  | 'audio-undecodable'
  | 'checkpoint-corrupt'
  | 'checkpoint-mismatch'
  | 'config-invalid'
  | 'device-unavailable'
  | 'download-failed'
  | 'file-not-found'
  | 'file-not-readable'
  | 'input-invalid'
  | 'insufficient-disk'
  | 'insufficient-memory'
  | 'journal-damaged'
  | 'journal-mismatch'
  | 'locked'
  | 'media-crashed'
  | 'media-encrypted'
  | 'media-stalled'
  | 'media-unreadable'
  | 'model-not-downloaded'
  | 'model-unknown'
  | 'no-audio-track'
  | 'no-speech'
  | 'no-face'
  | 'no-video-track'
  | 'output-is-input'
  | 'output-not-writable'
  | 'program-failed'
  | 'program-missing'
  | 'runtime-failed'
  | 'too-many-open-files'
  | 'training-diverged'
  | 'video-undecodable';

/** What a user can do about an error: a text, and the options and functions that it refers to. */
export interface Remedy {
  readonly text: Wording;
  /** Options that would help, each with the values that would; none where any other value may. */
  readonly options: readonly { readonly name: string; readonly values: readonly OptionValue[] }[];
  /** Functions that would help. */
  readonly actions: readonly ActionReference[];
}

function remedyOf(text: Wording): Remedy {
  const options = new Map<string, OptionValue[]>();
  const actions: ActionReference[] = [];
  for (const part of text) {
    if (typeof part === 'string') continue;
    if ('action' in part) actions.push(part);
    else
      options.set(part.option, [
        ...(options.get(part.option) ?? []),
        ...(part.value === undefined ? [] : [part.value]),
      ]);
  }
  return { text, options: Array.from(options, ([name, values]) => ({ name, values })), actions };
}

/** An error as JSON. */
export interface ErrorJson {
  readonly code: ErrorCode;
  /** In words for programs. */
  readonly message: string;
  readonly problem: Wording;
  readonly remedy?: Remedy;
}

/**
 * An error that a user can act on. Its first line names the thing and what is wrong with it, the next says what to do.
 *
 * The message is in words for programs (`options.model`). What shows it to others, such as the command line, puts `problem` and
 * `remedy` into its own words.
 *
 * @example
 * throw new LatentSyncError('insufficient-memory', wording`${file} needs 10 GB of memory.`, {
 *   remedy: wording`Use ${option('dtype', 'int8')}, or the model ${option('model', '1.5')}.`,
 * });
 */
export class LatentSyncError extends Error {
  readonly code: ErrorCode;
  /** What is wrong. */
  readonly problem: Wording;
  /** What to do about it; undefined when nothing can be advised. */
  readonly remedy: Remedy | undefined;

  /**
   * @param code - what went wrong, for programs.
   * @param problem - a sentence with its full stop.
   * @param options.remedy - one sentence or more, with full stops.
   * @param options.cause - the error behind this one.
   */
  constructor(
    code: ErrorCode,
    problem: string | Wording,
    options: { remedy?: string | Wording; cause?: unknown } = {},
  ) {
    const { remedy, cause } = options;
    const text = remedy === undefined ? joinWording(problem) : joinWording(problem, '\n', remedy);
    super(wordForPrograms(text), cause === undefined ? undefined : { cause });
    this.name = 'LatentSyncError';
    this.code = code;
    this.problem = joinWording(problem);
    this.remedy = remedy === undefined ? undefined : remedyOf(joinWording(remedy));
  }

  /** What a server sends. */
  toJSON(): ErrorJson {
    const { code, message, problem, remedy } = this;
    return { code, message, problem, ...(remedy && { remedy }) };
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
  const shown = lines.slice(0, LISTED_KEYS).map((line) => `\n    ${printable(line)}`);
  const rest = lines.length > LISTED_KEYS ? `\n    … and ${lines.length - LISTED_KEYS} more` : '';
  return `\n  ${lines.length} ${title}:${shown.join('')}${rest}`;
}

/** A checkpoint whose keys or shapes do not fit the configuration; its fields list all differences. */
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
      `${printable(source)} does not fit the configured network:` +
        listed('missing', missing) +
        listed('unexpected', unexpected) +
        listed('with another shape', shapes),
      {
        remedy: wording`Check that the configuration belongs to this checkpoint: ${action('describeCheckpoint')} lists its tensors.`,
      },
    );
    this.name = 'CheckpointMismatchError';
    this.source = source;
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }

  override toJSON(): ErrorJson & CheckpointMismatch {
    const { source, missing, unexpected, misshaped } = this;
    return { ...super.toJSON(), source, missing, unexpected, misshaped };
  }
}

/** Returns the message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
