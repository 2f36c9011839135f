// Figures of signals: means, deviations, correlations, and the shift in time at which two signals agree best.

/** A signal over time. */
export type Signal = ArrayLike<number>;

/** Returns the mean; NaN if there are no values. */
export function mean(signal: Signal): number {
  let sum = 0;
  for (let i = 0; i < signal.length; i++) sum += signal[i];
  return sum / signal.length;
}

/** Returns the sum of squared deviations from the mean; 0 if there are no values. */
export function squaredDeviations(signal: Signal): number {
  const center = mean(signal);
  let sum = 0;
  for (let i = 0; i < signal.length; i++) sum += (signal[i] - center) ** 2;
  return sum;
}

/**
 * Returns Pearson's correlation of two signals, −1 … 1; 0 when one of them is constant, since then neither follows the other.
 *
 * @throws RangeError when they differ in length.
 */
export function correlation(a: Signal, b: Signal): number {
  if (a.length !== b.length) throw new RangeError(`b must have ${a.length} values, as a has (got ${b.length}).`);
  return gapCorrelation(a, b) ?? 0;
}

/** Which values {@link gapCorrelation} compares. */
export interface GapCorrelationOptions {
  /** a[i] is compared with b[i + shift]. Default 0. */
  shift?: number;
  /** From which value of a on, and up to which. Default: all. */
  from?: number;
  to?: number;
  /** Pairs that must be known. Default 1. */
  fewest?: number;
}

/** Returns the correlation of signals with gaps, where both are known; undefined where they are too few, or one of them is constant there. */
export function gapCorrelation(a: Signal, b: Signal, options: GapCorrelationOptions = {}): number | undefined {
  const { shift = 0, from = 0, to = a.length, fewest = 1 } = options;
  const [first, end] = [Math.max(from, -shift), Math.min(to, b.length - shift)];
  const isKnown = (i: number): boolean => !Number.isNaN(a[i]) && !Number.isNaN(b[i + shift]);
  let [count, sumA, sumB] = [0, 0, 0];
  for (let i = first; i < end; i++) {
    if (!isKnown(i)) continue;
    count++;
    sumA += a[i];
    sumB += b[i + shift];
  }
  if (count < fewest) return undefined;
  const [meanA, meanB] = [sumA / count, sumB / count];
  let [spreadA, spreadB, product] = [0, 0, 0];
  for (let i = first; i < end; i++) {
    if (!isKnown(i)) continue;
    const [x, y] = [a[i] - meanA, b[i + shift] - meanB];
    spreadA += x * x;
    spreadB += y * y;
    product += x * y;
  }
  // Of what is constant, rounding errors remain.
  const isConstant = (spread: number, center: number): boolean => spread <= 1e-24 * count * center ** 2;
  if (isConstant(spreadA, meanA) || isConstant(spreadB, meanB)) return undefined;
  return product / Math.sqrt(spreadA * spreadB);
}

/** Two signals that ought to agree. */
export interface SignalPair {
  readonly measured: Signal;
  readonly asked: Signal;
}

/** Returns the mean correlation of pairs when the measured signal is `shift` frames late (before 0: early). */
function correlationAt(pairs: readonly SignalPair[], shift: number): number {
  return mean(
    pairs.map(({ measured, asked }) => {
      const length = measured.length - Math.abs(shift);
      const part = (signal: Signal, first: number): number[] =>
        Array.from({ length }, (_, i) => signal[Math.max(0, first) + i]);
      return correlation(part(measured, shift), part(asked, -shift));
    }),
  );
}

/**
 * Returns how many frames the measured signals are late (below 0: early): the shift at which they agree best, on average
 * over the pairs.
 *
 * @param most - the greatest shift that is tried, either way.
 */
export function bestShift(pairs: readonly SignalPair[], most: number): number {
  let best = { shift: 0, value: correlationAt(pairs, 0) };
  for (let distance = 1; distance <= most; distance++) {
    for (const shift of [-distance, distance]) {
      const value = correlationAt(pairs, shift);
      if (value > best.value) best = { shift, value };
    }
  }
  return best.shift;
}

/** Returns what the least-squares line through the points (x, y) gives at x = 0; the mean of y when x does not change. */
export function interceptOf(x: Signal, y: Signal): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = squaredDeviations(x);
  if (spread === 0) return meanY;
  let product = 0;
  for (let i = 0; i < x.length; i++) product += (x[i] - meanX) * (y[i] - meanY);
  return meanY - (product / spread) * meanX;
}

/** Returns a signal averaged over three neighbors, weighted 1 : 2 : 1; its ends are repeated. */
export function smoothed(signal: Signal): number[] {
  const at = (i: number): number => signal[Math.min(Math.max(i, 0), signal.length - 1)];
  return Array.from({ length: signal.length }, (_, i) => (at(i - 1) + 2 * at(i) + at(i + 1)) / 4);
}

/**
 * Returns the mean around each value of a signal with gaps: NaN where the signal is NaN, and what is NaN around it does not count.
 *
 * @param weights - of the neighbors, an odd number of them.
 */
export function gapMean(signal: Signal, weights: readonly number[]): Float64Array {
  const reach = (weights.length - 1) / 2;
  return Float64Array.from({ length: signal.length }, (_, i) => {
    if (Number.isNaN(signal[i])) return NaN;
    let [sum, total] = [0, 0];
    for (let k = Math.max(0, reach - i); k < weights.length && i - reach + k < signal.length; k++) {
      const value = signal[i - reach + k];
      if (Number.isNaN(value)) continue;
      sum += weights[k] * value;
      total += weights[k];
    }
    return sum / total;
  });
}
