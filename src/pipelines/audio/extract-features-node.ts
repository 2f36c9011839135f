// extractFeatures: an audio file → the features [T, layers+1, state] that the networks hear, in a safetensors file.
import {
  chunkIndices,
  featureChunk,
  featureRowCount,
  frameCount,
  ROWS_PER_SECOND,
} from '../../audio/feature-windows.ts';
import { writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { openAudio, pathOf } from '../../media/input-file-node.ts';
import type { MediaInput } from '../../media/media-input.ts';
import type { OnMediaWarning } from '../../media/media-warning.ts';
import { checkOutput, type OutputFormat } from '../../media/output-file-node.ts';
import { embeddingLayers, whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { bindWeights } from '../../nn/weights.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Device } from '../../runtime/runtime.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { checkOptions } from '../../util/option-table.ts';
import type { OnProgress } from '../../util/progress.ts';
import { audioFeatures, measureAudio } from './audio-features.ts';
import { Audio2Feature } from './audio2feature.ts';
import { extractFeaturesOptions } from './extract-features-options.ts';
import { checkMemory } from '../../hub/resources-node.ts';
import { openLipsyncModel } from '../lipsync-model-node.ts';

const safetensorsFormat: OutputFormat = {
  name: 'a safetensors file',
  extensions: ['.safetensors'],
  stem: 'features',
};

/** What to extract. */
export interface ExtractFeaturesOptions {
  /** The speech: a path, a URL, a `Blob` or `File`, or the bytes of a file. The first audio track is taken. */
  audio: MediaInput;
  /** Safetensors file to write, named .safetensors. An existing file is replaced once the new one is complete. */
  output: string;
  /** Model whose Whisper encoder is used: `tiny`, `1.5`, `1.6`, or the folder of a model. Default `tiny`. */
  model?: string;
  /** Also writes what the UNet hears at each frame of a video with this many frames per second, 1 to 120. */
  fps?: number;
  /** Windows and frame count as the reference has them. Default false. */
  reference?: boolean;
  /** Where the encoder runs. Default `cpu`. */
  device?: Device;
  /** Threads for the encoder, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Stages `audio` (rows) and `write` (bytes). */
  onProgress?: OnProgress;
  /** Hears of sound that is lost or put right. */
  onWarning?: OnMediaWarning;
}

/** What was written. */
export interface ExtractedFeatures {
  output: string;
  /** Shape of each tensor in the file: `features`, and `chunks` when frames were asked for. */
  tensors: Readonly<Record<string, readonly number[]>>;
}

/**
 * Writes `features` [T, layers+1, state], 50 rows per second, and with `fps` also `chunks` [frames, tokens, state]. The
 * file's metadata names the model, the `sha256` of the sound (16 kHz mono float32), and the rate of the rows.
 *
 * @throws RangeError for an option out of range; LatentSyncError with a code that tells what is wrong.
 *
 * @example
 * await extractFeatures({ audio: 'speech.wav', output: 'features.safetensors', model: '1.6' });
 */
export async function extractFeatures(options: ExtractFeaturesOptions): Promise<ExtractedFeatures> {
  const { fps, reference = false, signal, onProgress } = options;
  checkOptions(extractFeaturesOptions, options);
  const path = pathOf(options.audio);
  await checkOutput(options.output, path === undefined ? [] : [path], safetensorsFormat);
  await using audio = await openAudio(options.audio, { signal, onWarning: options.onWarning });
  await using model = await openLipsyncModel(options.model ?? 'tiny');
  const measure = await measureAudio(audio, signal);

  const { network, weights, identity } = model.whisper;
  const { audioFeatLength } = model.defaults;
  const layers = embeddingLayers(network.config);
  const state = network.config.nAudioState;
  const rowCount = featureRowCount(measure.melFrames);
  const frames = fps === undefined ? 0 : frameCount(rowCount, fps, { reference });
  const [tokens] = model.audioShape;
  await checkMemory((rowCount * layers + frames * tokens) * state * 4, `Extracting the features of ${audio.name}`, {
    remedy: 'Cut the audio into shorter parts.',
  });

  await using runtime = createRuntime({
    device: options.device,
    threads: options.threads,
  });
  await using encoder = await runtime.createSession(await bindWeights(whisperEncoderGraph(network), weights), {
    signal,
  });
  const { rows } = audioFeatures(audio, measure, {
    audio2feature: new Audio2Feature(encoder, network.config),
    encoderIdentity: identity,
    reference,
    signal,
    onProgress,
  });
  const features = await collected(rows, [rowCount, layers, state]);
  const tensors = new Map<string, Tensor<'float32'>>([['features', features]]);
  if (fps !== undefined) {
    const chunks = Tensor.float32([frames, tokens, state]);
    for (let frame = 0; frame < frames; frame++) {
      const indices = chunkIndices(rowCount, frame, fps, { audioFeatLength });
      chunks.data.set(featureChunk(features.data, layers * state, indices), frame * tokens * state);
    }
    tensors.set('chunks', chunks);
  }
  await writeSafetensorsFile(
    options.output,
    { tensors, read: (key) => Promise.resolve(tensors.get(key)!) },
    {
      metadata: {
        model: model.name,
        sha256: measure.sha256,
        rate: String(ROWS_PER_SECOND),
        ...(fps !== undefined && { fps: String(fps) }),
      },
      signal,
      onProgress,
    },
  );
  return { output: options.output, tensors: Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape])) };
}

/** Returns rows that arrive in parts as one tensor. */
async function collected(
  rows: AsyncIterable<Float32Array>,
  shape: readonly [rows: number, layers: number, state: number],
): Promise<Tensor<'float32'>> {
  const features = Tensor.float32(shape);
  let filled = 0;
  for await (const part of rows) {
    features.data.set(part, filled);
    filled += part.length;
  }
  return features;
}
