// Exit statuses: one for each way to fail, so that scripts can tell them apart.
import { LatentSyncError, type ErrorCode } from '../util/errors.ts';
import { CheckFailedError, JobsFailedError, OutOfSyncError, UsageError } from './errors.ts';

/** The statuses that do not come with an {@link ErrorCode}, and what they mean. */
export const generalStatuses = {
  ok: { status: 0, meaning: 'success' },
  unexpected: { status: 1, meaning: 'unexpected error: a bug in latentsync' },
  usage: { status: 2, meaning: 'invalid arguments or options; nothing was done' },
  'check-failed': {
    status: 3,
    meaning: 'verify, bench, train report or doctor found a problem',
  },
  'jobs-failed': {
    status: 4,
    meaning: 'jobs of a batch failed, or eval could not judge some of its videos; the others are done',
  },
  'out-of-sync': {
    status: 5,
    meaning: 'sync --check: lips and sound agree less than was asked for, or that cannot be told; the output is there',
  },
} as const;

/** The status for each error code, and what it means. */
const errorStatuses: Readonly<Record<Exclude<ErrorCode, 'aborted'>, { status: number; meaning: string }>> = {
  'file-not-found': { status: 10, meaning: 'an input file does not exist' },
  'input-invalid': { status: 11, meaning: 'an input is not of the required kind' },
  'media-unreadable': { status: 12, meaning: 'a media file is damaged, truncated, or in an unknown format' },
  'no-video-track': { status: 13, meaning: 'the video file has no video track' },
  'no-audio-track': { status: 14, meaning: 'the audio file has no audio track' },
  'audio-empty': { status: 15, meaning: 'the audio is empty' },
  'audio-silent': { status: 16, meaning: 'the audio is silent' },
  'audio-too-short': {
    status: 17,
    meaning: 'the audio is shorter than 0.1 seconds, or over before the picture begins',
  },
  'no-face': { status: 18, meaning: 'no face was found in the video' },
  'file-not-readable': { status: 19, meaning: 'an input file cannot be read: no permission, or a damaged disk' },
  'output-not-writable': { status: 20, meaning: 'the output cannot be written' },
  'output-is-input': { status: 21, meaning: 'the output would overwrite an input' },
  'media-crashed': { status: 22, meaning: 'a process that reads or writes a media file died' },
  'media-stalled': { status: 23, meaning: 'a process that reads or writes a media file got stuck' },
  'video-undecodable': { status: 24, meaning: 'not one frame of the video can be decoded' },
  'audio-undecodable': { status: 25, meaning: 'nothing of the audio can be decoded' },
  'media-encrypted': { status: 26, meaning: 'a media file is encrypted' },
  'no-speech': { status: 27, meaning: 'nobody speaks in the audio' },
  'model-unknown': { status: 30, meaning: 'there is no model or folder with that name' },
  'model-not-downloaded': { status: 31, meaning: 'the model must be downloaded first' },
  'download-failed': { status: 32, meaning: 'a download failed' },
  'checkpoint-corrupt': { status: 33, meaning: 'a file is damaged, or is not a checkpoint' },
  'checkpoint-mismatch': { status: 34, meaning: 'a checkpoint does not match its configuration' },
  'config-invalid': { status: 35, meaning: 'a configuration file, or a batch, is invalid' },
  locked: { status: 36, meaning: 'another process holds the lock on the same files' },
  'journal-mismatch': { status: 37, meaning: 'an interrupted job left a journal of something else at that output' },
  'journal-damaged': { status: 38, meaning: 'the journal of an interrupted job is damaged' },
  'insufficient-memory': { status: 40, meaning: 'not enough memory' },
  'insufficient-disk': { status: 41, meaning: 'not enough disk space' },
  'device-unavailable': { status: 42, meaning: 'the requested device is not available on this machine' },
  'runtime-failed': { status: 43, meaning: 'ONNX Runtime failed' },
  'training-diverged': { status: 44, meaning: 'the loss of a training run is no longer a number' },
  'program-missing': { status: 46, meaning: 'a program that this needs is not installed' },
  'program-failed': { status: 47, meaning: 'a program that this needs failed or got stuck' },
  'too-many-open-files': { status: 45, meaning: 'the limit on open files was reached' },
};

/** The signals that end a command, with their statuses: 128 and the signal's number. */
export const signalStatuses = {
  SIGHUP: { status: 129, meaning: 'the terminal was closed' },
  SIGINT: { status: 130, meaning: 'interrupted with Ctrl-C' },
  SIGPIPE: { status: 141, meaning: 'the reader of the output closed it' },
  SIGTERM: { status: 143, meaning: 'terminated' },
} as const;

/** A signal that ends a command. */
export type EndingSignal = keyof typeof signalStatuses;

/** Why an AbortSignal of the command line fired. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(signalStatuses[signal].meaning);
    this.signal = signal;
  }
}

/** An error as the command line reports it. */
export interface Failure {
  readonly code: ErrorCode | Exclude<keyof typeof generalStatuses, 'ok'>;
  readonly status: number;
}

/** Returns the word and the exit status for what was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', status: generalStatuses.usage.status };
  if (error instanceof CheckFailedError)
    return { code: 'check-failed', status: generalStatuses['check-failed'].status };
  if (error instanceof JobsFailedError) return { code: 'jobs-failed', status: generalStatuses['jobs-failed'].status };
  if (error instanceof OutOfSyncError) return { code: 'out-of-sync', status: generalStatuses['out-of-sync'].status };
  if (!(error instanceof LatentSyncError)) return { code: 'unexpected', status: generalStatuses.unexpected.status };
  if (error.code !== 'aborted') return { code: error.code, status: errorStatuses[error.code].status };
  const signal = error.cause instanceof Interruption ? error.cause.signal : 'SIGINT';
  return { code: 'aborted', status: signalStatuses[signal].status };
}

/** Returns every exit status with its word and meaning, in order. */
export function exitStatuses(): readonly { status: number; word: string; meaning: string }[] {
  return [...Object.entries(generalStatuses), ...Object.entries(errorStatuses), ...Object.entries(signalStatuses)]
    .map(([word, { status, meaning }]) => ({ status, word: word.startsWith('SIG') ? 'aborted' : word, meaning }))
    .sort((a, b) => a.status - b.status);
}
