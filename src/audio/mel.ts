// Mel filter banks: power spectrum [bins] → mel bands, on Slaney's scale (Whisper, librosa) or the HTK scale (SyncNet's MFCC).

/** Triangular filters over the bins of a power spectrum, stored without their zeros. */
export class MelFilterBank {
  readonly #filters: readonly { first: number; weights: Float64Array }[];

  /** @param rows - one row of weights over all bins for each band. */
  constructor(rows: readonly Float64Array[]) {
    this.#filters = rows.map((row) => {
      const first = Math.max(
        0,
        row.findIndex((weight) => weight > 0),
      );
      const last = row.findLastIndex((weight) => weight > 0);
      return { first, weights: row.slice(first, last + 1) };
    });
  }

  /** Number of bands. */
  get bands(): number {
    return this.#filters.length;
  }

  /** Writes the energy of each band of a spectrum into `out`, [bands]. */
  apply(spectrum: Float64Array, out: Float64Array): void {
    this.#filters.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * spectrum[first + i];
      out[band] = sum;
    });
  }
}

/** Options of the filter banks. */
interface MelOptions {
  /** Samples per second. */
  sampleRate: number;
  /** Length of the Fourier transform; the spectrum has fftSize/2 + 1 bins. */
  fftSize: number;
  /** Number of bands. */
  bands: number;
  /** Lowest frequency in Hz. Default 0. */
  minFrequency?: number;
  /** Highest frequency in Hz. Default half the sample rate. */
  maxFrequency?: number;
}

// Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above.
const LINEAR_STEP = 200 / 3;
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / LINEAR_STEP;
const LOG_STEP = Math.log(6.4) / 27;

function slaneyMel(hz: number): number {
  return hz < LOG_START_HZ ? hz / LINEAR_STEP : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
}

function slaneyHz(mel: number): number {
  return mel < LOG_START_MEL ? mel * LINEAR_STEP : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

function htkMel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function htkHz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/** Returns `count` values from `from` to `to`, evenly spaced. */
function evenly(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + (i * (to - from)) / (count - 1));
}

/** Returns filters on Slaney's scale, each with area 1 over frequency: librosa's default, and Whisper's table. */
export function slaneyMelFilters(options: MelOptions): MelFilterBank {
  const { sampleRate, fftSize, bands, minFrequency = 0, maxFrequency = sampleRate / 2 } = options;
  const edges = evenly(slaneyMel(minFrequency), slaneyMel(maxFrequency), bands + 2).map(slaneyHz);
  const rows = Array.from({ length: bands }, (_, band) => {
    const [low, center, high] = edges.slice(band, band + 3);
    const height = 2 / (high - low);
    return Float64Array.from({ length: fftSize / 2 + 1 }, (_, bin) => {
      const hz = (bin * sampleRate) / fftSize;
      const weight = Math.max(0, Math.min((hz - low) / (center - low), (high - hz) / (high - center)));
      return Math.fround(weight * height);
    });
  });
  return new MelFilterBank(rows);
}

/** Returns filters on the HTK scale, with height 1 and their corners moved down to whole bins, as SyncNet's MFCC has them. */
export function htkMelFilters(options: MelOptions): MelFilterBank {
  const { sampleRate, fftSize, bands, minFrequency = 0, maxFrequency = sampleRate / 2 } = options;
  const corners = evenly(htkMel(minFrequency), htkMel(maxFrequency), bands + 2).map((mel) =>
    Math.floor(((fftSize + 1) * htkHz(mel)) / sampleRate),
  );
  const rows = Array.from({ length: bands }, (_, band) => {
    const [low, center, high] = corners.slice(band, band + 3);
    return Float64Array.from({ length: fftSize / 2 + 1 }, (_, bin) => {
      if (bin >= low && bin < center) return (bin - low) / (center - low);
      return bin >= center && bin < high ? (high - bin) / (high - center) : 0;
    });
  });
  return new MelFilterBank(rows);
}

/** Returns the periodic Hann window of a length. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}
