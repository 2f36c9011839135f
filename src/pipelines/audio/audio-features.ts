// The Whisper features of an audio file, from a store or from the encoder; memory does not grow with the length.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { measureLogMel, type LogMelMeasure } from '../../audio/encoder-inputs.ts';
import {
  encoderWindows,
  chunkIndices,
  featureRowCount,
  ROWS_PER_SECOND,
  firstRowFrom,
  WINDOW_MEL_FRAMES,
  windowsOfRows,
  type EncoderWindow,
  type FeatureRows,
} from '../../audio/feature-windows.ts';
import { mixToMono, Resampler } from '../../audio/resample.ts';
import { meetsRows } from '../../audio/speech-spans.ts';
import { SAMPLE_RATE } from '../../audio/log-mel-spectrogram.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { OnProgress } from '../../util/progress.ts';
import { wording } from '../../util/wording.ts';
import type { FeatureOrigin, FeatureStore } from '../../hub/feature-store.ts';
import { FeatureChunks, type Audio2Feature, type WindowRows } from './audio2feature.ts';

/** Samples below this are silence: two steps of 16 bits. */
const SILENCE = 2 / 32768;

/** Mel frames per second. */
const MEL_RATE = 100;

/** Of audio whose features are longer than that, none are kept. */
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
  /** The greatest absolute value of all samples. */
  peak: number;
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
  return { ...measure, sha256: bytesToHex(hash.digest()), peak };
}

/** How features are computed. */
export interface AudioFeaturesOptions {
  audio2feature: Audio2Feature;
  /** Identifies the encoder's weights. */
  encoderIdentity: string;
  /** Windows as the reference cuts them. Default false. */
  reference?: boolean;
  /** The rows that are needed, in stretches in order; some more may come before, after and between them. Default: all. */
  wanted?: readonly FeatureRows[];
  /** Where to keep features; by default nowhere. */
  cache?: FeatureStore;
  /** Called for each window of the encoder, when its rows are there: whether they were kept by an earlier job. */
  onWindow?: (isKept: boolean) => void;
  signal?: AbortSignal;
  /** Stage `audio`, in feature rows. */
  onProgress?: OnProgress;
}

/** The features of a file. */
export interface AudioFeatures {
  /** Rows in order, each [layers, state] flat, computed as they are asked for; can be read once. */
  rows: AsyncIterable<Float32Array>;
  /** Number of the first of them. */
  firstRow: number;
  /** Total rows of the file, 50 per second. */
  rowCount: number;
}

/**
 * Returns the features of a file that was measured, with only those windows encoded that they need. Rows of windows between them that
 * nobody needs are not numbers.
 */
export function audioFeatures(audio: AudioReader, measure: AudioMeasure, options: AudioFeaturesOptions): AudioFeatures {
  const { audio2feature, wanted, onWindow, signal, onProgress } = options;
  const rowCount = featureRowCount(measure.melFrames);
  const all = encoderWindows(measure.melFrames, options.reference ? { overlap: 0 } : {});
  const windows = wanted ? windowsOfRows(all, { from: wanted[0].from, to: wanted[wanted.length - 1].to }) : all;
  const isWanted = ({ rowsKeptFrom, rowsKeptTo }: EncoderWindow): boolean =>
    wanted === undefined || meetsRows(wanted, { from: rowsKeptFrom, to: rowsKeptTo });
  const kept = keptRows(all, measure, options);
  const more = { windows, isWanted, kept, onWindow, signal, onProgress };
  const rows = audio2feature.audio2feat(monoSamples(audio, signal), measure, more);
  return { rows, firstRow: firstRowFrom(windows[0]), rowCount };
}

/** Which frames {@link featureChunks} is for, and what each of them hears. */
export interface FeatureChunksWanted extends Omit<AudioFeaturesOptions, 'wanted'> {
  /** The rows that frames hear, in stretches in order: at least one. */
  heard: readonly FeatureRows[];
  /** Frames of context before and after. */
  audioFeatLength: readonly [number, number];
}

/** Returns what finds the audio of frames, by the row that each of them hears. Only windows that they need are encoded. */
export function featureChunks(
  audio: AudioReader,
  measure: AudioMeasure,
  { heard, audioFeatLength, ...options }: FeatureChunksWanted,
): FeatureChunks {
  const rowCount = featureRowCount(measure.melFrames);
  const around = (row: number): number[] => chunkIndices(rowCount, row, ROWS_PER_SECOND, { audioFeatLength });
  const wanted = heard.map(({ from, to }) => ({ from: around(from)[0], to: around(to - 1).at(-1)! + 1 }));
  const features = audioFeatures(audio, measure, { ...options, wanted });
  const { rowWidth } = options.audio2feature;
  return new FeatureChunks({ ...features, rowWidth, fps: ROWS_PER_SECOND, audioFeatLength });
}

/** Returns the audio tokens of a frame in which nothing sounds, as they are in the middle of silence beside sound that was measured. */
export async function silentChunk(
  audio2feature: Audio2Feature,
  { maximum }: AudioMeasure,
  { audioFeatLength, signal }: { audioFeatLength: readonly [number, number]; signal?: AbortSignal },
): Promise<Float32Array> {
  const silence = [new Float32Array((WINDOW_MEL_FRAMES * SAMPLE_RATE) / MEL_RATE)];
  const rows = audio2feature.audio2feat(silence, { maximum, melFrames: WINDOW_MEL_FRAMES }, { signal });
  const rowCount = featureRowCount(WINDOW_MEL_FRAMES);
  const { rowWidth } = audio2feature;
  await using chunks = new FeatureChunks({ rows, rowCount, rowWidth, fps: ROWS_PER_SECOND, audioFeatLength });
  return await chunks.chunk(rowCount >> 1);
}

/** Returns the rows of windows in a store; undefined where none are kept. */
function keptRows(
  windows: readonly EncoderWindow[],
  { sha256: audioHash, melFrames }: AudioMeasure,
  { audio2feature: { rowWidth, layers }, encoderIdentity, reference, cache }: AudioFeaturesOptions,
): WindowRows | undefined {
  if (!cache || featureRowCount(melFrames) * rowWidth * 4 > CACHED_BYTES) return undefined;
  const originOf = (window: EncoderWindow): FeatureOrigin => ({
    audio: audioHash,
    encoder: encoderIdentity,
    windowMode: reference ? 'reference' : 'overlap',
    window: windows.indexOf(window),
  });
  const rowsOf = ({ rowsKeptFrom, rowsKeptTo }: EncoderWindow): number => rowsKeptTo - rowsKeptFrom;
  return {
    async read(window) {
      const rows = await cache.read(originOf(window));
      return rows?.size === rowsOf(window) * rowWidth ? rows.data : undefined;
    },
    async write(window, rows) {
      await cache.write(originOf(window), Tensor.float32([rowsOf(window), layers, rowWidth / layers], rows));
    },
  };
}
