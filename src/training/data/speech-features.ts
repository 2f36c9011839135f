// The audio encoder's rows of a short piece of speech, all at once: [rows, layers, state], 50 a second.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { chunkIndices, featureChunk, ROWS_PER_SECOND } from '../../audio/feature-windows.ts';
import type { Audio2Feature } from '../../pipelines/audio2feature.ts';
import type { SeededRandom } from '../synthetic/random.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';

const SAMPLES_PER_ROW = CLIP_SAMPLE_RATE / ROWS_PER_SECOND;

/** Returns the rows of 16 kHz mono samples. */
export async function speechRows(
  audio2feature: Audio2Feature,
  samples: Float32Array,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const measure = await measureLogMel([samples]);
  const parts: Float32Array[] = [];
  for await (const rows of audio2feature.audio2feat([samples], measure, { signal })) parts.push(rows);
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/**
 * Returns the rows of sounds of the same length. Every second one is heard by itself, as a short recording is; the others as parts of
 * a long one, in which all of them follow one another in random order. The audio encoder attends to all of its 30 s, so its rows
 * depend a little on where in them a sound is, and on what else there is.
 */
export async function speechRowsOfTakes(
  audio2feature: Audio2Feature,
  takes: readonly Float32Array[],
  random: SeededRandom,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const slot = Math.ceil(takes[0].length / SAMPLES_PER_ROW);
  const order = random.shuffled([...takes.keys()]);
  const recording = new Float32Array(takes.length * slot * SAMPLES_PER_ROW);
  for (const [place, take] of order.entries()) recording.set(takes[take], place * slot * SAMPLES_PER_ROW);
  const together = takes.length > 1 ? await speechRows(audio2feature, recording, signal) : undefined;
  const rows: Float32Array[] = [];
  for (const [take, samples] of takes.entries()) {
    const from = order.indexOf(take) * slot * audio2feature.rowWidth;
    rows.push(
      together && take % 2 === 1
        ? together.slice(from, from + rows[0].length)
        : await speechRows(audio2feature, samples, signal),
    );
  }
  return rows;
}

/** Rows of speech, and which of them a frame hears. */
export interface HeardSpeech {
  readonly rows: Float32Array;
  readonly rowWidth: number;
  /** Frames a second. */
  readonly frameRate: number;
  /** Frames of context before and after. */
  readonly audioFeatLength: readonly [number, number];
}

/** Returns the audio tokens of a frame, [tokens, state] flat. */
export function speechTokens({ rows, rowWidth, frameRate, audioFeatLength }: HeardSpeech, frame: number): Float32Array {
  const indices = chunkIndices(rows.length / rowWidth, frame, frameRate, { audioFeatLength });
  return featureChunk(rows, rowWidth, indices);
}
