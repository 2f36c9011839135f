// Pre-emphasis: the high-pass difference y[n] = x[n] − 0.97·x[n−1] that both of SyncNet's front ends begin with.

const COEFFICIENT = 0.97;

/**
 * Returns scale·(x[n] − 0.97·x[n−1]) in float64, between zeros; the sample before the first counts as 0.
 *
 * @param options.scale - default 1.
 * @param options.before - zeros put before the samples. Default 0.
 * @param options.after - zeros put after them. Default 0.
 */
export function preEmphasis(
  samples: Float32Array,
  options: { scale?: number; before?: number; after?: number } = {},
): Float64Array {
  const { scale = 1, before = 0, after = 0 } = options;
  const out = new Float64Array(before + samples.length + after);
  let previous = 0;
  for (let i = 0; i < samples.length; i++) {
    out[before + i] = scale * (samples[i] - COEFFICIENT * previous);
    previous = samples[i];
  }
  return out;
}
