// DissolveDetector: detects from small gray thumbnails where one picture turns into another one evenly, everywhere at once.
import { meanAbsoluteDifference } from './luma-grid.ts';

/** Frames on each side that a frame is compared with. */
const RADIUS = 3;

/** Gray levels, the change over these frames that is not one of light. */
const LEAST_CHANGE = 6;

/** The part of that change by which the frame in the middle may differ from the mean of the two outer ones. */
const MOST_DEVIATION = 0.16;

/** Finds dissolves as frames stream by, {@link DissolveDetector.delay} frames late. */
export class DissolveDetector {
  /** How many frames late it says what a frame is. */
  readonly delay = RADIUS;
  #thumbnails: Float32Array[] = [];

  /**
   * Returns whether the frame `delay` frames ago is a mixture of what was before and what comes: it lies halfway between both. What
   * moves, does not; and light changes everything alike.
   *
   * @param isCut - whether the frame begins a new shot.
   */
  isDissolve(thumbnail: Float32Array, isCut: boolean): boolean {
    if (isCut) this.#thumbnails = [];
    if (this.#thumbnails.length > 2 * RADIUS) this.#thumbnails.shift();
    this.#thumbnails.push(thumbnail.slice());
    if (this.#thumbnails.length <= 2 * RADIUS) return false;
    const [first, middle, last] = [0, RADIUS, 2 * RADIUS].map((index) => this.#thumbnails[index]);
    const change = meanAbsoluteDifference(last, relit(first, last));
    if (change < LEAST_CHANGE) return false;
    const mean = first.map((value, index) => (value + last[index]) / 2);
    return meanAbsoluteDifference(middle, mean) <= MOST_DEVIATION * change;
  }
}

/** Returns a picture in the light of another one: with the gain and the offset that bring it closest. */
function relit(picture: Float32Array, other: Float32Array): Float32Array {
  const count = picture.length;
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / count;
  const [a, b] = [mean(picture), mean(other)];
  let [covariance, variance] = [0, 1e-6];
  for (let i = 0; i < count; i++) {
    covariance += (picture[i] - a) * (other[i] - b);
    variance += (picture[i] - a) ** 2;
  }
  const gain = covariance / variance;
  return picture.map((value) => b + gain * (value - a));
}
