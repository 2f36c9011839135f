// What excites the vocal tract: glottal pulses with jitter and shimmer, and noise. And the resonators that shape both.
import type { SeededRandom } from './random.ts';

/** A second-order resonator with unit gain at 0 Hz (Klatt 1980); its frequency may change from sample to sample. */
export class Resonator {
  #a = 1;
  #b = 0;
  #c = 0;
  #y1 = 0;
  #y2 = 0;

  /** Sets center and bandwidth, Hz, for a sample rate. */
  tune(frequency: number, bandwidth: number, sampleRate: number): void {
    const radius = Math.exp((-Math.PI * bandwidth) / sampleRate);
    this.#c = -radius * radius;
    this.#b = 2 * radius * Math.cos((2 * Math.PI * frequency) / sampleRate);
    this.#a = 1 - this.#b - this.#c;
  }

  /** Filters one sample. */
  run(x: number): number {
    const y = this.#a * x + this.#b * this.#y1 + this.#c * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }
}

/** The inverse of a {@link Resonator}: a zero of the transfer function. */
export class Antiresonator {
  #a = 1;
  #b = 0;
  #c = 0;
  #x1 = 0;
  #x2 = 0;

  /** Sets center and bandwidth, Hz, for a sample rate. */
  tune(frequency: number, bandwidth: number, sampleRate: number): void {
    const radius = Math.exp((-Math.PI * bandwidth) / sampleRate);
    const c = -radius * radius;
    const b = 2 * radius * Math.cos((2 * Math.PI * frequency) / sampleRate);
    const a = 1 - b - c;
    this.#a = 1 / a;
    this.#b = -b / a;
    this.#c = -c / a;
  }

  /** Filters one sample. */
  run(x: number): number {
    const y = this.#a * x + this.#b * this.#x1 + this.#c * this.#x2;
    this.#x2 = this.#x1;
    this.#x1 = x;
    return y;
  }
}

/** A band-pass resonator with unit gain at its center, for noise. */
export class BandResonator {
  readonly #resonator = new Resonator();
  #gain = 1;
  #x1 = 0;
  #x2 = 0;

  /** Sets center and bandwidth, Hz, for a sample rate. */
  tune(frequency: number, bandwidth: number, sampleRate: number): void {
    this.#resonator.tune(frequency, bandwidth, sampleRate);
    const radius = Math.exp((-Math.PI * bandwidth) / sampleRate);
    const b = 2 * radius * Math.cos((2 * Math.PI * frequency) / sampleRate);
    // The resonator has unit gain at 0 Hz; undo that, so that the peak is near 1 with zeros at 0 Hz and Nyquist.
    this.#gain = (1 - radius * radius) / 2 / (1 - b + radius * radius);
  }

  /** Filters one sample. */
  run(x: number): number {
    const shaped = x - this.#x2;
    this.#x2 = this.#x1;
    this.#x1 = x;
    return this.#gain * this.#resonator.run(shaped);
  }
}

/** Derivative of the flow through the glottis, as in KLGLOTT88 (Klatt & Klatt 1990), one sample at a time. */
export class GlottalSource {
  readonly #sampleRate: number;
  readonly #random: SeededRandom;
  readonly #jitter: number;
  readonly #shimmer: number;
  #phase = 0;
  #period = 100;
  #strength = 1;

  constructor(sampleRate: number, random: SeededRandom, jitter: number, shimmer: number) {
    this.#sampleRate = sampleRate;
    this.#random = random;
    this.#jitter = jitter;
    this.#shimmer = shimmer;
  }

  /** Whether the glottis is open at the moment: breath noise passes then. */
  get open(): boolean {
    return this.#phase < 0.6 * this.#period;
  }

  /** Returns the next sample for a pitch in Hz and an open quotient (0.4 pressed … 0.8 breathy). */
  next(pitch: number, openQuotient: number): number {
    this.#phase += 1;
    if (this.#phase >= this.#period) {
      this.#phase -= this.#period;
      this.#period = (this.#sampleRate / pitch) * (1 + this.#jitter * this.#random.normal());
      this.#strength = 1 + this.#shimmer * this.#random.normal();
    }
    const t = this.#phase / (openQuotient * this.#period);
    // Flow t² − t³ while open; its slope ends in the sharp closure that excites the formants.
    return t < 1 ? this.#strength * (2 * t - 3 * t * t) : 0;
  }
}
