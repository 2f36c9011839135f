// Kind "features": Whisper's embeddings of speech [T, layers+1, n_state], and the rows that each video frame hears.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { chunkIndices, featureChunk, featureRowCount, frameCount } from '../../audio/feature-windows.ts';
import { parseWhisperDims, WhisperEncoder, whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { Audio2Feature } from '../../pipelines/audio/audio2feature.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { joined } from '../../util/joined.ts';
import { compareClosely, compareExactly, PASS_TOLERANCE, thinned, type Comparison } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import { loadSession, type Kind } from '../kind.ts';
import { repeated } from './speech.ts';
import { partsOf } from './tensor-names.ts';
import { whisperWeights } from './whisper-weights.ts';

/** `features`, `features_<s>s_every_<n>th` of the speech repeated to s seconds, and `chunks_fps<F>_…`. */
export const features: Kind = async function* (golden, context) {
  const network = new WhisperEncoder(parseWhisperDims(golden.json('whisper_dims')));
  const weights = await whisperWeights(context, network, golden.text('weight_prefix'));
  await using session = await loadSession(context, whisperEncoderGraph(network), weights);
  const audio2feature = new Audio2Feature(session, network.config);
  const samples = await context.samples();
  const featuresOf = (audio: Float32Array): Promise<Tensor<'float32'>> => extract(audio2feature, audio, context.signal);

  const rows = await featuresOf(samples);
  for (const name of golden.names) {
    if (name === 'features') yield await compareClosely(golden, name, rows, PASS_TOLERANCE);
    const [seconds, every] = partsOf(/^features_(\d+)s_every_(\d+)(?:st|nd|rd|th)$/, name);
    if (every !== undefined) {
      const all = await featuresOf(repeated(samples, Number(seconds)));
      yield await compareClosely(golden, name, thinned(all, Number(every), golden.shapeOf(name)!), PASS_TOLERANCE);
    }
    const [fps, part] = partsOf(/^chunks_fps(\d+(?:\.\d+)?)_(\w+)$/, name);
    if (part !== undefined) yield* compareChunks(golden, name, { rows, fps: Number(fps), part });
  }
};

/** Returns the features of a recording as the reference cuts it up, [T, layers+1, n_state]. */
async function extract(
  audio2feature: Audio2Feature,
  samples: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Tensor<'float32'>> {
  const measure = await measureLogMel([samples]);
  const rowCount = featureRowCount(measure.melFrames);
  const { layers, rowWidth } = audio2feature;
  const parts: Float32Array[] = [];
  for await (const part of audio2feature.audio2feat([samples], measure, { reference: true, signal })) parts.push(part);
  return Tensor.float32([rowCount, layers, rowWidth / layers], joined(parts));
}

/** Compares the number of video frames, the rows they hear, or the tokens of the first or last few of them. */
async function* compareChunks(
  golden: GoldenFile,
  name: string,
  { rows, fps, part }: { rows: Tensor<'float32'>; fps: number; part: string },
): AsyncGenerator<Comparison> {
  const [rowCount, layers, state] = rows.shape;
  const count = frameCount(rowCount, fps, { reference: true });
  if (part === 'count') yield await compareExactly(golden, name, { shape: [1], data: [count] });
  if (part === 'index') {
    const index = Array.from({ length: count }, (_, frame) => chunkIndices(rowCount, frame, fps));
    yield await compareExactly(golden, name, { shape: [count, index[0].length], data: index.flat() });
  }
  const [end, some] = partsOf(/^(first|last)(\d+)$/, part);
  if (some !== undefined) {
    const first = end === 'first' ? 0 : count - Number(some);
    const chunks = Array.from({ length: Number(some) }, (_, i) =>
      featureChunk(rows.data, layers * state, chunkIndices(rowCount, first + i, fps)),
    );
    const tokens = chunks[0].length / state;
    const all = Tensor.float32([chunks.length, tokens, state], joined(chunks));
    yield await compareClosely(golden, name, all, PASS_TOLERANCE);
  }
}
