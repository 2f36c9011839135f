// Resampler: sample rate conversion by a windowed-sinc polyphase filter, as a stream; and the mixing down of channels.
import { checkInteger } from '../util/assert.ts';
import { joined } from '../util/joined.ts';

/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const ZERO_CROSSINGS = 64;
/** Kaiser window parameter: about 100 dB of stop-band attenuation. */
const KAISER_BETA = 10;
/** Cut-off as a part of the lower Nyquist frequency; the filter is down to the stop band at 1. */
const ROLL_OFF = 0.95;

/** Returns the modified Bessel function I₀ by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Converts a stream of samples to another rate. The output is aligned with the input (no delay), has
 * ⌈samples · outputRate / inputRate⌉ samples in all, and does not depend on how the input is cut into pieces.
 * Flat to 0.9 of the lower Nyquist frequency, −100 dB from it on.
 *
 * @example
 * const resampler = new Resampler(44_100, 16_000);
 * for await (const samples of audio) consume(resampler.push(samples));
 * consume(resampler.finish());
 */
export class Resampler {
  /** Output position n is at input position n · #step / #phases. */
  readonly #phases: number;
  readonly #step: number;
  /** Input samples on each side that an output sample depends on. */
  readonly #reach: number;
  /** Cut-off in cycles per input sample, times two. */
  readonly #cutOff: number;
  /** Filter coefficients by phase, made when first needed. */
  readonly #filters = new Map<number, Float64Array>();
  /** Input from position #start on; it begins with silence. */
  #pending: Float32Array;
  #start: number;
  #received = 0;
  #produced = 0;

  /**
   * @param inputRate - samples per second, 1 to 10 000 000.
   * @param outputRate - samples per second, 1 to 10 000 000.
   */
  constructor(inputRate: number, outputRate: number) {
    checkInteger('inputRate', inputRate, 1, 1e7);
    checkInteger('outputRate', outputRate, 1, 1e7);
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#phases = outputRate / divisor;
    this.#step = inputRate / divisor;
    const lower = Math.min(1, outputRate / inputRate);
    this.#cutOff = lower * ROLL_OFF;
    this.#reach = Math.ceil(ZERO_CROSSINGS / lower);
    this.#pending = new Float32Array(this.#reach);
    this.#start = -this.#reach;
  }

  /** Takes the next samples and returns the output that they complete. */
  push(samples: Float32Array): Float32Array {
    if (this.#phases === this.#step) return samples;
    this.#received += samples.length;
    this.#append(samples);
    // Output n needs input up to floor(n · step / phases) + reach.
    const count = Math.ceil(((this.#received - this.#reach) * this.#phases) / this.#step) - this.#produced;
    return this.#take(Math.max(0, count));
  }

  /** Returns the rest of the output; nothing may be pushed after it. */
  finish(): Float32Array {
    if (this.#phases === this.#step) return new Float32Array(0);
    this.#append(new Float32Array(this.#reach + 1));
    return this.#take(Math.ceil((this.#received * this.#phases) / this.#step) - this.#produced);
  }

  #append(samples: Float32Array): void {
    this.#pending = joined([this.#pending, samples]);
  }

  /** Returns the coefficients for input samples −reach + 1 … reach around a position `phase / phases` after one. */
  #filter(phase: number): Float64Array {
    let filter = this.#filters.get(phase);
    if (!filter) {
      const fraction = phase / this.#phases;
      const scale = 1 / besselI0(KAISER_BETA);
      filter = Float64Array.from({ length: 2 * this.#reach }, (_, i) => {
        const distance = i - this.#reach + 1 - fraction;
        const edge = 1 - (distance / this.#reach) ** 2;
        const angle = Math.PI * this.#cutOff * distance;
        const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
        return edge < 0 ? 0 : this.#cutOff * sinc * besselI0(KAISER_BETA * Math.sqrt(edge)) * scale;
      });
      // Every phase passes a constant unchanged.
      const sum = filter.reduce((a, b) => a + b, 0);
      filter = filter.map((value) => value / sum);
      this.#filters.set(phase, filter);
    }
    return filter;
  }

  #take(count: number): Float32Array {
    const out = new Float32Array(count);
    const pending = this.#pending;
    for (let n = 0; n < count; n++) {
      const position = (this.#produced + n) * this.#step;
      const base = Math.floor(position / this.#phases);
      const filter = this.#filter(position - base * this.#phases);
      const first = base - this.#reach + 1 - this.#start;
      // Two sums, so that one addition need not wait for the other.
      let even = 0;
      let odd = 0;
      for (let i = 0; i < filter.length; i += 2) {
        even += filter[i] * pending[first + i];
        odd += filter[i + 1] * pending[first + i + 1];
      }
      out[n] = even + odd;
    }
    this.#produced += count;
    // Samples before the next output's first are done with.
    const keepFrom = Math.floor((this.#produced * this.#step) / this.#phases) - this.#reach + 1;
    const drop = Math.min(Math.max(0, keepFrom - this.#start), this.#pending.length);
    this.#pending = this.#pending.slice(drop);
    this.#start += drop;
    return out;
  }
}

/** Returns all samples at another rate (see {@link Resampler}). */
export function resample(samples: Float32Array, inputRate: number, outputRate: number): Float32Array {
  const resampler = new Resampler(inputRate, outputRate);
  return joined([resampler.push(samples), resampler.finish()]);
}

/**
 * Returns the mean of the channels.
 *
 * @throws RangeError when there are no channels or their lengths differ.
 */
export function mixToMono(channels: readonly Float32Array[]): Float32Array {
  checkInteger('channels.length', channels.length, 1, 65535);
  const [first, ...others] = channels;
  if (others.length === 0) return first;
  if (others.some((channel) => channel.length !== first.length)) throw new RangeError('channels must have one length.');
  return first.map((value, i) => others.reduce((sum, channel) => sum + channel[i], value) / channels.length);
}
