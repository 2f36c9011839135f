// The audio encoder's rows of a short piece of speech, all at once: [rows, layers, state], 50 a second.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { chunkIndices, featureChunk } from '../../audio/feature-windows.ts';
import type { Audio2Feature } from '../../pipelines/audio2feature.ts';
import type { SeededRandom } from '../synthetic/random.ts';

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

/** Returns how far the rows are from their mean: the root of the mean square over all rows and columns, of each column's own mean. */
export function rowDeviation(speeches: readonly HeardSpeech[]): number {
  const [{ rowWidth }] = speeches;
  const sums = new Float64Array(rowWidth);
  let squares = 0;
  let count = 0;
  for (const { rows } of speeches) {
    for (let i = 0; i < rows.length; i++) {
      sums[i % rowWidth] += rows[i];
      squares += rows[i] ** 2;
    }
    count += rows.length;
  }
  const perColumn = count / rowWidth;
  const squaredMeans = sums.reduce((sum, column) => sum + (column / perColumn) ** 2, 0) / rowWidth;
  return Math.sqrt(Math.max(0, squares / count - squaredMeans));
}

/** Returns speech with noise on all rows that some successive frames hear; a row is the same for all of them. */
export function withNoise(
  speech: HeardSpeech,
  { start, frames, deviation, random }: { start: number; frames: number; deviation: number; random: SeededRandom },
): HeardSpeech {
  const { rowWidth, frameRate, audioFeatLength } = speech;
  const count = speech.rows.length / rowWidth;
  const from = chunkIndices(count, start, frameRate, { audioFeatLength })[0];
  const to = chunkIndices(count, start + frames - 1, frameRate, { audioFeatLength }).at(-1)! + 1;
  const rows = speech.rows.slice();
  for (let i = from * rowWidth; i < to * rowWidth; i++) rows[i] += deviation * random.normal();
  return { ...speech, rows };
}
