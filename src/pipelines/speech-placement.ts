// When each speech sounds in an output: what the options say of it, and the part of the video that is shown → seconds of the output.
import { ROWS_PER_SECOND } from '../audio/feature-windows.ts';
import type { SpeechSpan } from '../audio/speech-spans.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { option, wording } from '../util/wording.ts';
import { seconds, TOLERANCE } from './video-part.ts';

/** When a speech sounds, in the time of the video. */
export interface SpeechTime {
  /** Rows of its features, 50 per second: how long it is. */
  rows: number;
  /** When it begins. Default: where the output begins. */
  atSeconds?: number;
  /** When it is cut off. Default: at its own end. */
  endSeconds?: number;
}

/** What {@link placeSpeech} goes by, in seconds of the video unless it is said. */
export interface SpeechPlacementOptions {
  /** The part that is shown. */
  start: number;
  end: number;
  /** What the output begins with. */
  zero: number;
  /** When the picture begins, from there. */
  pictureStart: number;
  /** Whether an option says where the part ends. */
  hasEnd: boolean;
  /** By how much all speech is moved. */
  offsetSeconds: number;
  /** The option that says when speech begins. */
  option: 'at' | 'speakers';
}

/**
 * Returns when a speech sounds in the output, in seconds.
 *
 * @throws OptionError when it begins outside the part, or an offset leaves nothing of it; LatentSyncError `audio-too-short` when it is
 * over before the picture begins.
 */
export function placeSpeech(
  { rows, atSeconds, endSeconds = Infinity }: SpeechTime,
  { start, end, zero, pictureStart, hasEnd, offsetSeconds, option: name }: SpeechPlacementOptions,
): SpeechSpan {
  const begin = name === 'at' ? 'be' : 'begin';
  if (atSeconds !== undefined && atSeconds < start - TOLERANCE) {
    throw new OptionError(name, wording`not ${begin} before ${option('start')}, ${seconds(start)}`, atSeconds);
  }
  if ((atSeconds ?? zero) >= end - TOLERANCE) {
    const what = hasEnd ? option('end') : 'the end of the video';
    throw new OptionError(name, wording`${begin} before ${what}, ${seconds(end)}`, atSeconds);
  }
  const from = (atSeconds ?? zero) - zero + offsetSeconds;
  const to = Math.min(from + rows / ROWS_PER_SECOND, endSeconds - zero + offsetSeconds);
  if (to > pictureStart + TOLERANCE) return { from, to };
  if (offsetSeconds === 0) throw tooEarly(to - from, pictureStart);
  throw new OptionError(
    'audioOffset',
    `leave something of the ${seconds(to - from)} of speech to be heard with the picture`,
    offsetSeconds * 1000,
  );
}

/** The error of speech that nobody asked to be moved, and that is over before the first picture. */
function tooEarly(speech: number, picture: number): LatentSyncError {
  const message = `The speech ends after ${seconds(speech)}, but the picture of the video begins after ${seconds(picture)}.`;
  const remedy = wording`Choose longer speech, or move it by ${option('audioOffset')}.`;
  return new LatentSyncError('audio-too-short', message, { remedy });
}
