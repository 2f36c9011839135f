// The encoder's inputs of an audio track of any length, in constant memory: one pass to measure it, one to cut it up.
import type { Tensor } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import type { EncoderWindow } from './feature-windows.ts';
import { WINDOW_MEL_FRAMES } from './feature-windows.ts';
import { LogMelStream, MEL_BANDS, melTensor, normalizeLogMel, SAMPLE_RATE } from './log-mel-spectrogram.ts';
import { joined } from '../util/joined.ts';

/** Samples processed at a time: ten seconds. */
const PIECE = 10 * SAMPLE_RATE;

/** 16 kHz mono samples in pieces of any size. */
export type SampleStream = AsyncIterable<Float32Array> | Iterable<Float32Array>;

/** What has to be known of a whole track before its first window can be normalized. */
export interface LogMelMeasure {
  /** The greatest log10 mel energy. */
  maximum: number;
  /** Mel frames, 100 per second. */
  melFrames: number;
}

/**
 * Reads a track once and returns its length and its loudest value.
 *
 * @param options.name - what errors call the track. Default: "The audio".
 * @throws LatentSyncError `audio-empty`, `audio-too-short` (below 0.1 seconds), or `aborted`.
 */
export async function measureLogMel(
  audio: SampleStream,
  options: { name?: string; signal?: AbortSignal } = {},
): Promise<LogMelMeasure> {
  const stream = new LogMelStream(options.name);
  for await (const samples of audio) {
    for (let at = 0; at < samples.length; at += PIECE) {
      throwIfAborted(options.signal);
      stream.push(samples.subarray(at, at + PIECE));
    }
  }
  stream.finish();
  return { maximum: stream.maximum, melFrames: stream.frames };
}

/**
 * Yields the encoder's input for each window, [80, 3000], reading the track as far as they need. Frames beyond the window's end are
 * zeros, put there after the logarithm, as the networks were trained.
 *
 * @param audio - the track that was measured.
 * @param measure - from {@link measureLogMel}.
 * @param windows - from `encoderWindows(measure.melFrames)`: all, or some that follow one another.
 * @throws LatentSyncError `aborted`; RangeError when the track is shorter than was measured.
 *
 * @example
 * const measure = await measureLogMel(readAudio());
 * const windows = encoderWindows(measure.melFrames);
 * for await (const { window, mel } of encoderInputs(readAudio(), measure, windows)) …
 */
export async function* encoderInputs(
  audio: SampleStream,
  measure: LogMelMeasure,
  windows: readonly EncoderWindow[],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<{ window: EncoderWindow; mel: Tensor<'float32'> }> {
  // Frames from `bufferStart` to stream.frames, as they came.
  let buffered: Float32Array[] = [];
  let bufferStart = windows.at(0)?.melStart ?? 0;
  let next = 0;
  const stream = new LogMelStream(undefined, { fromFrame: bufferStart });

  const take = (frames: Float32Array): void => {
    normalizeLogMel(frames, measure.maximum);
    if (frames.length > 0) buffered.push(frames);
  };
  const ready = function* () {
    while (next < windows.length && windows[next].melEnd <= stream.frames) {
      const window = windows[next++];
      const frames = joined(buffered);
      const cut = (melFrame: number) => (melFrame - bufferStart) * MEL_BANDS;
      yield {
        window,
        mel: melTensor(frames.subarray(cut(window.melStart), cut(window.melEnd)), WINDOW_MEL_FRAMES),
      };
      if (next === windows.length) return;
      const keepFrom = windows[next].melStart;
      buffered = [frames.slice(cut(keepFrom))];
      bufferStart = keepFrom;
    }
  };

  for await (const samples of audio) {
    for (let at = 0; at < samples.length; at += PIECE) {
      throwIfAborted(options.signal);
      take(stream.push(samples.subarray(at, at + PIECE)));
      yield* ready();
      if (next === windows.length) return;
    }
  }
  take(stream.finish());
  yield* ready();
  if (next < windows.length) {
    throw new RangeError(
      `audio must be the track that was measured: it has ${stream.frames} mel frames, not ${measure.melFrames}.`,
    );
  }
}
