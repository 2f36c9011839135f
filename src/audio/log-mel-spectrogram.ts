// Whisper's log-mel spectrogram: 16 kHz mono samples → [80, T] at 100 frames per second, whole or as a stream.
import { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { RealFft } from './fft.ts';
import { hannWindow, slaneyMelFilters } from './mel.ts';
import { joined } from '../util/joined.ts';

/** Samples per second that all models hear. */
export const SAMPLE_RATE = 16_000;
/** Mel bands of Whisper tiny and small. */
export const MEL_BANDS = 80;
/** Samples between mel frames: 100 frames per second. */
const MEL_HOP = 160;

const FFT_SIZE = 400;
const PADDING = FFT_SIZE / 2;
const SHORTEST = SAMPLE_RATE / 10;
const SMALLEST_ENERGY = 1e-10;
/** Logarithms more than this below the loudest of the file are raised to it: 80 dB. */
const RANGE = 8;

const LONGER = 'Use at least 0.1 seconds of audio.';

/**
 * Turns samples into frames of log10 mel energies as they come, in constant memory. The frames are not normalized yet:
 * Whisper's floor depends on the loudest value of the whole file, which is `maximum` after {@link finish}.
 *
 * @example
 * const stream = new LogMelStream();
 * for await (const samples of audio) consume(stream.push(samples));
 * consume(stream.finish());
 */
export class LogMelStream {
  readonly #name: string;
  readonly #fft = new RealFft(FFT_SIZE);
  readonly #window = hannWindow(FFT_SIZE);
  readonly #filters = slaneyMelFilters({ sampleRate: SAMPLE_RATE, fftSize: FFT_SIZE, bands: MEL_BANDS });
  readonly #frame = new Float64Array(FFT_SIZE);
  readonly #re = new Float64Array(this.#fft.bins);
  readonly #im = new Float64Array(this.#fft.bins);
  readonly #mel = new Float64Array(MEL_BANDS);
  /** Samples from the next frame's first on; begins with the mirrored ones once there are enough. */
  #pending = new Float32Array(0);
  #samples = 0;
  #frames = 0;
  readonly #fromFrame: number;
  #maximum = Math.log10(SMALLEST_ENERGY);

  /**
   * @param name - what errors call the audio.
   * @param options.fromFrame - frames before this one are neither computed nor returned. Default 0.
   */
  constructor(name = 'The audio', options: { fromFrame?: number } = {}) {
    this.#name = printable(name);
    this.#fromFrame = options.fromFrame ?? 0;
  }

  /** Number of frames so far; ⌊samples / 160⌋ in the end. */
  get frames(): number {
    return this.#frames;
  }

  /** The greatest log10 energy so far. */
  get maximum(): number {
    return this.#maximum;
  }

  /**
   * Takes the next samples and returns the frames that they complete, frame by frame, [frames, 80].
   *
   * @param samples - 16 kHz mono, −1 to 1.
   */
  push(samples: Float32Array): Float32Array {
    const started = this.#samples > PADDING;
    this.#samples += samples.length;
    const pending = joined([this.#pending, samples]);
    if (!started && this.#samples > PADDING) {
      // The start, mirrored at the first sample.
      this.#pending = joined([pending.slice(1, PADDING + 1).reverse(), pending]);
    } else this.#pending = pending;
    if (this.#samples <= PADDING) return new Float32Array(0);
    return this.#take(Math.floor((this.#pending.length - FFT_SIZE) / MEL_HOP) + 1);
  }

  /**
   * Returns the last frames, [frames, 80]; nothing may be pushed after it.
   *
   * @throws LatentSyncError `audio-empty` without samples, `audio-too-short` below 0.1 seconds.
   */
  finish(): Float32Array {
    if (this.#samples === 0) {
      throw new LatentSyncError('audio-empty', `${this.#name} is empty.`, { remedy: LONGER });
    }
    if (this.#samples < SHORTEST) {
      throw new LatentSyncError(
        'audio-too-short',
        `${this.#name} is only ${(this.#samples / SAMPLE_RATE).toFixed(3)} seconds long.`,
        { remedy: LONGER },
      );
    }
    const end = this.#pending.length - 1;
    this.#pending = joined([this.#pending, this.#pending.slice(end - PADDING, end).reverse()]);
    return this.#take(Math.floor(this.#samples / MEL_HOP) - this.#frames);
  }

  /** Computes the next frames and drops the samples that no later frame needs. */
  #take(count: number): Float32Array {
    if (count <= 0) return new Float32Array(0);
    const passed = Math.max(0, Math.min(count, this.#fromFrame - this.#frames));
    const out = new Float32Array((count - passed) * MEL_BANDS);
    for (let i = passed; i < count; i++) this.#logMelFrame(i * MEL_HOP, out, (i - passed) * MEL_BANDS);
    this.#pending = this.#pending.slice(count * MEL_HOP);
    this.#frames += count;
    return out;
  }

  #logMelFrame(start: number, out: Float32Array, at: number): void {
    const frame = this.#frame;
    const re = this.#re;
    const im = this.#im;
    const pending = this.#pending;
    const window = this.#window;
    for (let i = 0; i < FFT_SIZE; i++) frame[i] = pending[start + i] * window[i];
    this.#fft.transform(frame, re, im);
    for (let k = 0; k < re.length; k++) re[k] = re[k] * re[k] + im[k] * im[k];
    this.#filters.apply(re, this.#mel);
    for (let band = 0; band < MEL_BANDS; band++) {
      const value = Math.fround(Math.log10(Math.max(this.#mel[band], SMALLEST_ENERGY)));
      out[at + band] = value;
      if (value > this.#maximum) this.#maximum = value;
    }
  }
}

/** Scales log10 mel energies to what Whisper hears, in place: (max(x, maximum − 8) + 4) / 4. */
export function normalizeLogMel(frames: Float32Array, maximum: number): void {
  const floor = maximum - RANGE;
  for (let i = 0; i < frames.length; i++) frames[i] = (Math.max(frames[i], floor) + 4) / 4;
}

/** Returns frames [count, 80] as the tensor [80, length]; frames that are missing at the end are zeros. */
export function melTensor(frames: Float32Array, length: number): Tensor<'float32'> {
  const count = frames.length / MEL_BANDS;
  const mel = Tensor.float32([count, MEL_BANDS], frames).transpose([1, 0]);
  return Tensor.concat([mel, Tensor.float32([MEL_BANDS, length - count])], 1);
}

/**
 * Returns the log-mel spectrogram of a whole recording, [80, ⌊samples / 160⌋].
 *
 * Frames of 400 samples under a periodic Hann window, centered every 160, the ends mirrored; power; 80 bands on Slaney's
 * scale; log10 limited to 80 dB below the loudest value; then (x + 4) / 4. Hour-long recordings should use
 * {@link LogMelStream} instead.
 *
 * @param samples - 16 kHz mono, −1 to 1.
 * @throws LatentSyncError `audio-empty` or `audio-too-short` (below 0.1 seconds).
 */
export function logMelSpectrogram(samples: Float32Array): Tensor<'float32'> {
  const stream = new LogMelStream();
  const frames = joined([stream.push(samples), stream.finish()]);
  normalizeLogMel(frames, stream.maximum);
  return melTensor(frames, stream.frames);
}
