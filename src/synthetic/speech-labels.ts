// What timed phonemes mean for a listener: which sound is spoken and what the mouth does, 50 rows per second.
import { MOUTH_NAMES } from './expression.ts';
import { LIPS_MEET, PHONEMES, type PhonemeSymbol, type TimedPhoneme } from './phonemes.ts';
import { VisemeTrack } from './viseme-track.ts';

/** Rows of labels per second, as many as of Whisper's features; row t is about the time t / 50 s. */
export const LABEL_RATE = 50;

/** What is known about a sound by construction, 50 rows per second. */
export interface SpeechLabels {
  /** [T] what is spoken, as indices of {@link PHONEME_SYMBOLS}. */
  phonemes: Int32Array;
  /** [T, K] the mouth that the speech asks for, in the order of `MOUTH_NAMES`, of a speaker who moves as usual. */
  mouth: Float32Array;
}

/** The sounds in the order that labels count them; silence is 0. */
export const PHONEME_SYMBOLS = Object.keys(PHONEMES) as readonly PhonemeSymbol[];

/**
 * Returns the labels of speech.
 *
 * @param phonemes - in order, from time 0 on; after the last there is silence.
 * @param rows - T; row t is about the time t / 50 s, where the row t of Whisper's features is centered.
 */
export function speechLabels(phonemes: readonly TimedPhoneme[], rows: number): SpeechLabels {
  const track = new VisemeTrack(phonemes);
  const labels = { phonemes: new Int32Array(rows), mouth: new Float32Array(rows * MOUTH_NAMES.length) };
  for (let row = 0, index = 0; row < rows; row++) {
    const time = row / LABEL_RATE;
    while (index < phonemes.length && time >= phonemes[index].end) index++;
    labels.phonemes[row] = PHONEME_SYMBOLS.indexOf(phonemes.at(index)?.symbol ?? 'SIL');
    const mouth = track.at(time);
    MOUTH_NAMES.forEach((name, k) => {
      labels.mouth[row * MOUTH_NAMES.length + k] = mouth[name];
    });
  }
  return labels;
}

/**
 * Returns the sound that is spoken in the middle of a frame; after the last row, the sound of the last row.
 *
 * @param phonemes - [T] indices of {@link PHONEME_SYMBOLS}.
 */
export function soundInFrame(phonemes: Int32Array, frame: number, frameRate: number): PhonemeSymbol {
  const row = Math.floor(((frame + 0.5) / frameRate) * LABEL_RATE);
  return PHONEME_SYMBOLS[phonemes[Math.min(phonemes.length - 1, row)]];
}

/**
 * Returns the frames in whose middle a sound is spoken for which the lips meet.
 *
 * @param phonemes - [T] indices of {@link PHONEME_SYMBOLS}.
 */
export function closureFrames(
  phonemes: Int32Array,
  { frameCount, frameRate }: { frameCount: number; frameRate: number },
): number[] {
  const frames = Array.from({ length: frameCount }, (_, frame) => frame);
  return frames.filter((frame) => LIPS_MEET.has(soundInFrame(phonemes, frame, frameRate)));
}
