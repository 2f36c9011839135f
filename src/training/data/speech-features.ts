// The audio encoder's rows of a short piece of speech, all at once: [rows, layers, state], 50 per second.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { chunkIndices, featureChunk } from '../../audio/feature-windows.ts';
import type { Audio2Feature } from '../../pipelines/audio/audio2feature.ts';
import { joined } from '../../util/joined.ts';

/** Returns the rows of 16 kHz mono samples. */
export async function speechRows(
  audio2feature: Audio2Feature,
  samples: Float32Array,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const measure = await measureLogMel([samples]);
  const parts: Float32Array[] = [];
  for await (const rows of audio2feature.audio2feat([samples], measure, { signal })) parts.push(rows);
  return joined(parts);
}

/** Rows of speech, and which of them a frame hears. */
export interface HeardSpeech {
  readonly rows: Float32Array;
  readonly rowWidth: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Frames of context before and after. */
  readonly audioFeatLength: readonly [number, number];
}

/** Returns the audio tokens of a frame, [tokens, state] flat. */
export function speechTokens({ rows, rowWidth, frameRate, audioFeatLength }: HeardSpeech, frame: number): Float32Array {
  const indices = chunkIndices(rows.length / rowWidth, frame, frameRate, { audioFeatLength });
  return featureChunk(rows, rowWidth, indices);
}
