// The Whisper features of an audio file, from a store or from the encoder; memory does not grow with the length.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { measureLogMel, type LogMelMeasure } from '../../audio/encoder-inputs.ts';
import { featureRowCount } from '../../audio/feature-windows.ts';
import { mixToMono, Resampler } from '../../audio/resample.ts';
import { SAMPLE_RATE } from '../../audio/log-mel-spectrogram.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { OnProgress } from '../../util/progress.ts';
import { wording } from '../../util/wording.ts';
import type { Audio2Feature } from './audio2feature.ts';
import type { FeatureOrigin, FeatureStore } from '../../hub/feature-store.ts';

/** Samples below this are silence: two steps of 16 bits. */
const SILENCE = 2 / 32768;

/** Features up to this size are computed at once and kept on disk; longer ones are computed as they are needed. */
const CACHED_BYTES = 64e6;

/** Yields a file's sound as 16 kHz mono. */
export async function* monoSamples(audio: AudioReader, signal?: AbortSignal): AsyncGenerator<Float32Array> {
  let resampler: Resampler | undefined;
  for await (const chunk of audio.chunks({ signal })) {
    resampler ??= new Resampler(chunk.sampleRate, SAMPLE_RATE);
    yield resampler.push(mixToMono(chunk.channels));
  }
  if (resampler) yield resampler.finish();
}

/** What is known about a file's sound after reading it once. */
export interface AudioMeasure extends LogMelMeasure {
  /** Hash of all samples. */
  sha256: string;
}

/**
 * Reads a file once.
 *
 * @throws LatentSyncError `audio-empty`, `audio-too-short`, `audio-silent`, or whatever reading throws.
 */
export async function measureAudio(audio: AudioReader, signal?: AbortSignal): Promise<AudioMeasure> {
  const hash = sha256.create();
  let peak = 0;
  const listen = async function* (): AsyncGenerator<Float32Array> {
    for await (const samples of monoSamples(audio, signal)) {
      hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      yield samples;
    }
  };
  const measure = await measureLogMel(listen(), { name: audio.name, signal });
  if (peak < SILENCE) {
    throw new LatentSyncError('audio-silent', wording`${audio.name} is silent.`, {
      remedy: 'Use a recording with speech in it.',
    });
  }
  return { ...measure, sha256: bytesToHex(hash.digest()) };
}

/** How features are computed. */
export interface AudioFeaturesOptions {
  audio2feature: Audio2Feature;
  /** Identifies the encoder's weights. */
  encoderIdentity: string;
  /** Windows as the reference cuts them. Default false. */
  reference?: boolean;
  /** Where to keep features; by default nowhere. */
  cache?: FeatureStore;
  signal?: AbortSignal;
  /** Stage `audio`, in feature rows. */
  onProgress?: OnProgress;
}

/** The features of a file. */
export interface AudioFeatures {
  /** Rows in order, each [layers, state] flat; can be read once. */
  rows: AsyncIterable<Float32Array> | Iterable<Float32Array>;
  /** Total rows, 50 per second. */
  rowCount: number;
  /** Whether an earlier job has computed them. */
  isKept: boolean;
}

/** Returns rows that arrive in parts as one tensor; `shape` says how many there are. */
export async function collectRows(
  rows: AudioFeatures['rows'],
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

/** Returns the features of a file that was measured. */
export async function audioFeatures(
  audio: AudioReader,
  measure: AudioMeasure,
  options: AudioFeaturesOptions,
): Promise<AudioFeatures> {
  const { audio2feature, cache, signal } = options;
  const reference = options.reference ?? false;
  const { rowWidth, layers } = audio2feature;
  const rowCount = featureRowCount(measure.melFrames);
  const rows = audio2feature.audio2feat(monoSamples(audio, signal), measure, {
    reference,
    signal,
    onProgress: options.onProgress,
  });
  if (!cache || rowCount * rowWidth * 4 > CACHED_BYTES) return { rows, rowCount, isKept: false };

  const origin: FeatureOrigin = {
    audio: measure.sha256,
    encoder: options.encoderIdentity,
    windowMode: reference ? 'reference' : 'overlap',
  };
  const shape = [rowCount, layers, rowWidth / layers] as const;
  const kept = await cache.read(origin);
  if (kept?.size === rowCount * rowWidth) return { rows: [kept.data], rowCount, isKept: true };
  const features = await collectRows(rows, shape);
  await cache.write(origin, features);
  return { rows: [features.data], rowCount, isKept: false };
}
