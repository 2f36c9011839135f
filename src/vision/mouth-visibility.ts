// How hidden a mouth looks, whoever it is: what covers a mouth is not where lips are redder and darker than the skin around them.
import { BIAS, WEIGHTS } from './mouth-visibility-weights.ts';
import { MOUTH_LOOK_CENTERS, MOUTH_LOOK_PAIRS, regionOf } from './mouth-look.ts';

/** Parts of the lips among the regions of {@link symmetricRegions}; the others are skin. */
const LIPS = [0, 1, 4, 5];

/** Added to how well a region is seen, so that two that are hardly seen have a mean. */
const SEEN_BIAS = 0.02;

/**
 * Returns what is told apart: the two ratios of colors of the regions, left and right as one, each as well as it is seen; their squares; how
 * much left and right differ; and the square of how much lips and skin do. How dark a region is does not count by itself: beards are dark.
 */
export function mouthFeatures(look: Uint8Array): number[] {
  const means: number[][] = [];
  const differences: number[] = [];
  for (const [left, right] of MOUTH_LOOK_PAIRS) {
    const [a, b] = [regionOf(look, left), regionOf(look, right)];
    const [seenA, seenB] = [a.seen + SEEN_BIAS, b.seen + SEEN_BIAS];
    means.push(a.colors.map((color, k) => (seenA * color + seenB * b.colors[k]) / (seenA + seenB)));
    differences.push(...a.colors.map((color, k) => Math.abs(color - b.colors[k]) * Math.min(seenA, seenB)));
  }
  for (const center of MOUTH_LOOK_CENTERS) means.push([...regionOf(look, center).colors]);
  const meanOf = (regions: number[][]): number[] =>
    [0, 1, 2].map((k) => regions.reduce((sum, colors) => sum + colors[k], 0) / regions.length);
  const lips = meanOf(means.filter((_, region) => LIPS.includes(region)));
  const skin = meanOf(means.filter((_, region) => !LIPS.includes(region)));
  const colors = means.flatMap(([, red, blue]) => [red, blue]);
  return [
    ...colors,
    ...colors.map((color) => color ** 2),
    ...differences,
    ...lips.map((color, k) => (color - skin[k]) ** 2),
  ];
}

/** Returns the logarithm of the odds that a mouth is hidden, for one look, without knowing the person. */
export function mouthHiddenness(look: Uint8Array): number {
  return mouthFeatures(look).reduce((sum, feature, k) => sum + WEIGHTS[k] * feature, BIAS);
}
