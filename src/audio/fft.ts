// RealFft: discrete Fourier transform of real signals of any even length, fast for products of small primes.
import { checkInteger } from '../util/assert.ts';

/** One pass of the transform: splits sequences of `radix · length` into `radix` interleaved ones. */
interface FftStage {
  radix: number;
  length: number;
  /** exp(−2πi·p·k / (radix·length)) at [p · radix + k], as cosines and sines. */
  twiddleRe: Float64Array;
  twiddleIm: Float64Array;
  /** cos and sin of 2π·j·k / radix at [(k − 1) · half + j − 1] for j, k = 1 … half; used by odd radices. */
  cosines: Float64Array;
  sines: Float64Array;
}

function radicesOf(size: number): number[] {
  const radices: number[] = [];
  let rest = size;
  for (let radix = 4; rest > 1; radix = radix === 4 ? 2 : radix === 2 ? 3 : radix + 2) {
    while (rest % radix === 0) {
      radices.push(radix);
      rest /= radix;
    }
  }
  return radices;
}

function stageOf(radix: number, length: number): FftStage {
  const size = radix * length;
  const twiddleRe = new Float64Array(size);
  const twiddleIm = new Float64Array(size);
  for (let p = 0; p < length; p++) {
    for (let k = 0; k < radix; k++) {
      const angle = (-2 * Math.PI * p * k) / size;
      twiddleRe[p * radix + k] = Math.cos(angle);
      twiddleIm[p * radix + k] = Math.sin(angle);
    }
  }
  const half = (radix - 1) >> 1;
  const angles = Float64Array.from({ length: half * half }, (_, i) => {
    const turns = ((Math.floor(i / half) + 1) * ((i % half) + 1)) % radix;
    return (2 * Math.PI * turns) / radix;
  });
  return { radix, length, twiddleRe, twiddleIm, cosines: angles.map(Math.cos), sines: angles.map(Math.sin) };
}

/**
 * Fourier transform of real signals: X[k] = Σ x[n]·exp(−2πi·k·n/size) for k = 0 … size/2, in float64.
 * A Stockham transform of mixed radix on the even samples as real and the odd ones as imaginary parts.
 *
 * @example
 * const fft = new RealFft(400);
 * const re = new Float64Array(201), im = new Float64Array(201);
 * fft.transform(frame, re, im);
 */
export class RealFft {
  /** Number of real samples. */
  readonly size: number;
  /** Number of frequencies: size/2 + 1. */
  readonly bins: number;
  readonly #stages: FftStage[];
  readonly #splitRe: Float64Array;
  readonly #splitIm: Float64Array;
  #re: Float64Array;
  #im: Float64Array;
  #nextRe: Float64Array;
  #nextIm: Float64Array;

  /** @param size - an even number of samples. */
  constructor(size: number) {
    checkInteger('size', size, 2, 2 ** 24);
    if (size % 2 !== 0) throw new RangeError(`size must be even (got ${size}).`);
    const half = size / 2;
    this.size = size;
    this.bins = half + 1;
    let length = half;
    this.#stages = radicesOf(half).map((radix) => stageOf(radix, (length /= radix)));
    this.#splitRe = Float64Array.from({ length: this.bins }, (_, k) => Math.cos((-2 * Math.PI * k) / size));
    this.#splitIm = Float64Array.from({ length: this.bins }, (_, k) => Math.sin((-2 * Math.PI * k) / size));
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#nextRe = new Float64Array(half);
    this.#nextIm = new Float64Array(half);
  }

  /**
   * Transforms `size` samples of the input, from its start, into real and imaginary parts of `bins` frequencies.
   */
  transform(input: Float64Array, outRe: Float64Array, outIm: Float64Array): void {
    const half = this.size / 2;
    for (let i = 0; i < half; i++) {
      this.#re[i] = input[2 * i];
      this.#im[i] = input[2 * i + 1];
    }
    let stride = 1;
    for (const stage of this.#stages) {
      if (stage.radix === 4) this.#radix4(stage, stride);
      else if (stage.radix === 2) this.#radix2(stage, stride);
      else this.#oddRadix(stage, stride);
      [this.#re, this.#nextRe] = [this.#nextRe, this.#re];
      [this.#im, this.#nextIm] = [this.#nextIm, this.#im];
      stride *= stage.radix;
    }
    // Even and odd samples' spectra from the packed one, then joined: X = E + exp(−2πik/size)·O.
    const re = this.#re;
    const im = this.#im;
    for (let k = 0; k <= half; k++) {
      const low = k === half ? 0 : k;
      const high = k === 0 ? 0 : half - k;
      const evenRe = (re[low] + re[high]) / 2;
      const evenIm = (im[low] - im[high]) / 2;
      const oddRe = (im[low] + im[high]) / 2;
      const oddIm = (re[high] - re[low]) / 2;
      const wRe = this.#splitRe[k];
      const wIm = this.#splitIm[k];
      outRe[k] = evenRe + oddRe * wRe - oddIm * wIm;
      outIm[k] = evenIm + oddRe * wIm + oddIm * wRe;
    }
  }

  #radix2({ length, twiddleRe, twiddleIm }: FftStage, stride: number): void {
    const re = this.#re;
    const im = this.#im;
    const outRe = this.#nextRe;
    const outIm = this.#nextIm;
    const step = stride * length;
    for (let p = 0; p < length; p++) {
      const wRe = twiddleRe[2 * p + 1];
      const wIm = twiddleIm[2 * p + 1];
      for (let q = 0; q < stride; q++) {
        const from = q + stride * p;
        const to = q + stride * 2 * p;
        const dRe = re[from] - re[from + step];
        const dIm = im[from] - im[from + step];
        outRe[to] = re[from] + re[from + step];
        outIm[to] = im[from] + im[from + step];
        outRe[to + stride] = dRe * wRe - dIm * wIm;
        outIm[to + stride] = dRe * wIm + dIm * wRe;
      }
    }
  }

  #radix4({ length, twiddleRe, twiddleIm }: FftStage, stride: number): void {
    const re = this.#re;
    const im = this.#im;
    const outRe = this.#nextRe;
    const outIm = this.#nextIm;
    const step = stride * length;
    for (let p = 0; p < length; p++) {
      const w1Re = twiddleRe[4 * p + 1];
      const w1Im = twiddleIm[4 * p + 1];
      const w2Re = twiddleRe[4 * p + 2];
      const w2Im = twiddleIm[4 * p + 2];
      const w3Re = twiddleRe[4 * p + 3];
      const w3Im = twiddleIm[4 * p + 3];
      for (let q = 0; q < stride; q++) {
        const from = q + stride * p;
        const to = q + stride * 4 * p;
        const sumRe = re[from] + re[from + 2 * step];
        const sumIm = im[from] + im[from + 2 * step];
        const differenceRe = re[from] - re[from + 2 * step];
        const differenceIm = im[from] - im[from + 2 * step];
        const oddSumRe = re[from + step] + re[from + 3 * step];
        const oddSumIm = im[from + step] + im[from + 3 * step];
        // −i times the odd difference
        const turnedRe = im[from + step] - im[from + 3 * step];
        const turnedIm = re[from + 3 * step] - re[from + step];
        outRe[to] = sumRe + oddSumRe;
        outIm[to] = sumIm + oddSumIm;
        const x1Re = differenceRe + turnedRe;
        const x1Im = differenceIm + turnedIm;
        outRe[to + stride] = x1Re * w1Re - x1Im * w1Im;
        outIm[to + stride] = x1Re * w1Im + x1Im * w1Re;
        const x2Re = sumRe - oddSumRe;
        const x2Im = sumIm - oddSumIm;
        outRe[to + 2 * stride] = x2Re * w2Re - x2Im * w2Im;
        outIm[to + 2 * stride] = x2Re * w2Im + x2Im * w2Re;
        const x3Re = differenceRe - turnedRe;
        const x3Im = differenceIm - turnedIm;
        outRe[to + 3 * stride] = x3Re * w3Re - x3Im * w3Im;
        outIm[to + 3 * stride] = x3Re * w3Im + x3Im * w3Re;
      }
    }
  }

  /** Any odd radix: inputs j and radix − j are added and subtracted first, which halves the products. */
  #oddRadix({ radix, length, twiddleRe, twiddleIm, cosines, sines }: FftStage, stride: number): void {
    const re = this.#re;
    const im = this.#im;
    const outRe = this.#nextRe;
    const outIm = this.#nextIm;
    const step = stride * length;
    const half = (radix - 1) >> 1;
    for (let p = 0; p < length; p++) {
      for (let q = 0; q < stride; q++) {
        const from = q + stride * p;
        const to = q + stride * radix * p;
        let totalRe = re[from];
        let totalIm = im[from];
        for (let j = 1; j < radix; j++) {
          totalRe += re[from + j * step];
          totalIm += im[from + j * step];
        }
        outRe[to] = totalRe;
        outIm[to] = totalIm;
        for (let k = 1; k <= half; k++) {
          let cosRe = re[from];
          let cosIm = im[from];
          let sinRe = 0;
          let sinIm = 0;
          for (let j = 1; j <= half; j++) {
            const low = from + j * step;
            const high = from + (radix - j) * step;
            const cosine = cosines[(k - 1) * half + j - 1];
            const sine = sines[(k - 1) * half + j - 1];
            cosRe += cosine * (re[low] + re[high]);
            cosIm += cosine * (im[low] + im[high]);
            sinRe += sine * (im[low] - im[high]);
            sinIm -= sine * (re[low] - re[high]);
          }
          const near = p * radix + k;
          const far = p * radix + radix - k;
          const nearRe = cosRe + sinRe;
          const nearIm = cosIm + sinIm;
          const farRe = cosRe - sinRe;
          const farIm = cosIm - sinIm;
          outRe[to + k * stride] = nearRe * twiddleRe[near] - nearIm * twiddleIm[near];
          outIm[to + k * stride] = nearRe * twiddleIm[near] + nearIm * twiddleRe[near];
          outRe[to + (radix - k) * stride] = farRe * twiddleRe[far] - farIm * twiddleIm[far];
          outIm[to + (radix - k) * stride] = farRe * twiddleIm[far] + farIm * twiddleRe[far];
        }
      }
    }
  }
}
