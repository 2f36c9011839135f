// How well the sound explains the opening of a mouth, at each lag: a linear reading of the sound, made on one part of a clip, tried on the rest.
// What it reads is the clip's own: which sounds open this mouth is learned anew for each person, so that no voice or language is presumed.
import type { HeardFrames } from './heard-frames.ts';
import { RegressionSums } from './regression-sums.ts';
import { gapCorrelation, gapMean, squaredDeviations, type Signal } from './signals.ts';

/** Lags that are tried, frames: 0.6 s at 25 per second. */
export const MOST_LAG = 15;

/** Frames whose weighted mean counts as slow movement, which is taken out of everything: a deviation of one second. */
const TREND = Array.from({ length: 151 }, (_, i) => Math.exp(-((i - 75) ** 2) / (2 * 25 ** 2)));

/** Frames to each side of the one that is heard with it. With more, the lag is no longer exact. */
const CONTEXT = 1;

/** Parts of a clip: the reading of each is made on the others. */
const PARTS = 4;

/** How much small weights are preferred, in mean squares of what is heard. */
const RIDGE = 0.5;

/** Frames that a reading needs. */
const FEWEST_FRAMES = 40;

/** Lags over which a signal depends on itself. */
const OWN_LAGS = 50;

/** The lag is the middle of all around the best one that explain nearly as much, within some frames. */
const NEARLY = 0.85;
const NEAR = 4;

/** How an opening agrees with a sound. */
export interface LipAgreement {
  /** Frames by which the sound is late (below 0: early) where it explains the most. */
  readonly lag: number;
  /** Correlation of the opening with what is read from the sound there, on parts that the reading was not made on; −1 … 1. */
  readonly correlation: number;
  /** The same without a lag. */
  readonly correlationAsIs: number;
  /** The standard deviation that the correlation of unrelated signals like these would have. */
  readonly chance: number;
  /** Frames that were compared. */
  readonly frames: number;
}

/** An agreement, and the opening that was read from the sound. */
export interface LipReading extends LipAgreement {
  /** [F] the opening without its slow movement; NaN where it is not seen. */
  readonly opening: Float64Array;
  /** [F] what was read from the sound at the best lag; NaN where nothing was. */
  readonly read: Float64Array;
}

/**
 * Returns how an opening agrees with a sound; undefined where too little is seen or heard, or one of them stands still.
 *
 * The chance is Bartlett's: signals that change slowly agree by chance more easily (Bartlett 1946, "On the theoretical specification and
 * sampling properties of autocorrelated time-series").
 *
 * @param opening - of the mouth, per frame; NaN where it is not seen.
 */
export function readLips(opening: Signal, { bands }: HeardFrames): LipReading | undefined {
  const moving = withoutTrend(opening);
  const heard = bands.map((band) => standardized(withoutTrend(band)));
  const tries = Array.from({ length: 2 * MOST_LAG + 1 }, (_, i) => readAt(moving, heard, i - MOST_LAG));
  const asIs = tries[MOST_LAG];
  if (!asIs) return undefined;
  const valueAt = (i: number): number => tries[i]?.correlation ?? -1;
  const best = tries.reduce<number>((top, _, i) => (valueAt(i) > valueAt(top) ? i : top), MOST_LAG);
  const { correlation, frames, read } = tries[best]!;
  let [sum, total] = [0, 0];
  for (let i = Math.max(0, best - NEAR); i <= Math.min(tries.length - 1, best + NEAR); i++) {
    const weight = Math.max(0, valueAt(i) - NEARLY * correlation);
    sum += weight * (i - MOST_LAG);
    total += weight;
  }
  const [ownA, ownB] = [autocorrelations(moving), autocorrelations(read)];
  const variance = ownA.reduce((all, value, lag) => all + (lag === 0 ? 1 : 2) * value * ownB[lag], 0) / frames;
  return {
    lag: total > 0 ? sum / total : best - MOST_LAG,
    correlation,
    correlationAsIs: asIs.correlation,
    chance: Math.sqrt(Math.max(variance, 1 / frames)),
    frames,
    opening: moving,
    read,
  };
}

function withoutTrend(signal: Signal): Float64Array {
  const trend = gapMean(signal, TREND);
  return Float64Array.from(signal, (value, i) => value - trend[i]);
}

function standardized(signal: Float64Array): Float64Array {
  const known = signal.filter((value) => !Number.isNaN(value));
  const deviation = Math.sqrt(squaredDeviations(known) / known.length);
  return deviation > 0 ? signal.map((value) => value / deviation) : signal;
}

/** Reads the opening from what is heard some frames later; undefined where that cannot be done. */
function readAt(
  opening: Float64Array,
  heard: readonly Float64Array[],
  lag: number,
): { correlation: number; frames: number; read: Float64Array } | undefined {
  const width = heard.length * (2 * CONTEXT + 1);
  const rows: number[] = [];
  const inputs: number[] = [];
  for (let i = Math.max(0, CONTEXT - lag); i < opening.length - Math.max(0, lag + CONTEXT); i++) {
    if (Number.isNaN(opening[i])) continue;
    const input = heard.flatMap((band) => Array.from(band.subarray(i + lag - CONTEXT, i + lag + CONTEXT + 1)));
    if (input.some(Number.isNaN)) continue;
    rows.push(i);
    inputs.push(...input);
  }
  if (rows.length < FEWEST_FRAMES) return undefined;
  const borders = Array.from({ length: PARTS + 1 }, (_, part) => Math.floor((part * rows.length) / PARTS));
  const sums = Array.from({ length: PARTS }, (_, part) => {
    const products = new RegressionSums(width);
    for (let row = borders[part]; row < borders[part + 1]; row++) {
      products.add(inputs, row * width, opening[rows[row]]);
    }
    return products;
  });
  const read = new Float64Array(opening.length).fill(NaN);
  for (let part = 0; part < PARTS; part++) {
    const weights = RegressionSums.sum(sums.filter((_, other) => other !== part)).solve(RIDGE);
    for (let row = borders[part]; row < borders[part + 1]; row++) {
      let value = 0;
      for (let k = 0; k < width; k++) value += weights[k] * inputs[row * width + k];
      read[rows[row]] = value;
    }
  }
  const correlation = gapCorrelation(opening, read, { fewest: FEWEST_FRAMES });
  return correlation === undefined ? undefined : { correlation, frames: rows.length, read };
}

/** Correlations of a signal with itself, later by 0, 1, 2, … frames. */
function autocorrelations(signal: Float64Array): number[] {
  return Array.from(
    { length: OWN_LAGS },
    (_, lag) => gapCorrelation(signal, signal, { shift: lag, fewest: FEWEST_FRAMES }) ?? 0,
  );
}

/** Seconds around each second that are looked at together, and frames of them that must be known. */
const AROUND = 4;
const FEWEST_AROUND = 40;

/** How lips and sound agree around a second. */
export interface SecondAgreement {
  readonly second: number;
  /** Correlation of the opening with what is read from the sound at the clip's lag. */
  readonly correlation: number;
  /** Where they agree best in these seconds, frames by which the sound is late. */
  readonly lag: number;
}

/** Returns how lips and sound agree in the four seconds around each second; seconds about which too little is known are left out. */
export function agreementBySecond({ opening, read, lag }: LipReading, frameRate: number): SecondAgreement[] {
  const whole = Math.round(lag);
  return Array.from({ length: Math.ceil(opening.length / frameRate) }, (_, second) => {
    const from = Math.max(0, Math.round((second + 0.5 - AROUND / 2) * frameRate));
    const to = Math.min(opening.length, Math.round((second + 0.5 + AROUND / 2) * frameRate));
    const at = (shift: number): number | undefined =>
      gapCorrelation(opening, read, { shift, from, to, fewest: FEWEST_AROUND });
    const correlation = at(0);
    if (correlation === undefined) return undefined;
    // What was read from the sound `lag` frames later, shifted by the rest.
    const shifts = Array.from({ length: 2 * MOST_LAG + 1 }, (__, i) => i - MOST_LAG - whole);
    const best = shifts.reduce((top, shift) => ((at(shift) ?? -1) > (at(top) ?? -1) ? shift : top), 0);
    return { second, correlation, lag: whole + best };
  }).filter((found) => found !== undefined);
}
