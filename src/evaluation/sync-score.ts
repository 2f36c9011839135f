// Sync score: SyncNet's lip and audio features [T, D] → audio-video offset, minimum distance and confidence.
import type { Tensor } from '../tensor/tensor.ts';
import { checkInteger } from '../util/assert.ts';

/** How well lips and speech match. */
export interface SyncScore {
  /** Video frames by which the audio is early (positive) or late (negative) against the lips. */
  offset: number;
  /** Mean distance of the features at that offset; lower is better. */
  minDistance: number;
  /** Median less minimum of the mean distances: how much the best offset stands out; higher is better. */
  confidence: number;
  /** Mean distance for each shift of the audio from −vshift to vshift frames, [2·vshift + 1]. */
  meanDistances: Float32Array;
}

/** Added to each difference, as PyTorch's pairwise distance does. */
const EPSILON = 1e-6;

/** Greatest shift in frames that the official evaluation tries. */
export const VSHIFT = 15;

/**
 * Returns the sync score of a clip (Chung and Zisserman 2016). The audio features are shifted against the lips' by up to
 * `vshift` frames, zeros standing for those before the first and after the last; the Euclidean distances are averaged
 * over the frames of the lips. `offset` is `vshift` less the index of the least mean distance.
 *
 * @param lipFeatures - [T, D], one row for each video frame.
 * @param audioFeatures - [T', D]; rows beyond the shorter of the two are left out.
 * @param options.vshift - greatest shift in frames. Default 15.
 * @throws RangeError when a shape is not [rows, D] with at least one row and the same D.
 */
export function syncScore(
  lipFeatures: Tensor<'float32'>,
  audioFeatures: Tensor<'float32'>,
  options: { vshift?: number } = {},
): SyncScore {
  const vshift = checkInteger('options.vshift', options.vshift ?? VSHIFT, 1, 1000);
  const [rows, width] = lipFeatures.shape;
  if (lipFeatures.shape.length !== 2 || audioFeatures.shape.length !== 2 || audioFeatures.shape[1] !== width) {
    throw new RangeError(
      `Lip and audio features must be [rows, D] with one D (got [${lipFeatures.shape.join(', ')}] and ` +
        `[${audioFeatures.shape.join(', ')}]).`,
    );
  }
  const frames = Math.min(rows, audioFeatures.shape[0]);
  if (frames === 0) throw new RangeError('Lip and audio features must have at least one row.');
  const rowOf = ({ data }: Tensor<'float32'>, row: number): Float32Array =>
    data.subarray(row * width, (row + 1) * width);
  const distances = Array.from({ length: frames }, (_, frame) =>
    shiftDistances(
      rowOf(lipFeatures, frame),
      (shift) => {
        const other = frame + shift;
        return other >= 0 && other < frames ? rowOf(audioFeatures, other) : undefined;
      },
      vshift,
    ),
  );
  return scoreOfDistances(distances);
}

/**
 * Returns the distances of a frame's lips to the sound by shift, [2·vshift + 1].
 *
 * @param soundAt - returns the features of the sound so many frames later; undefined stands for zeros.
 */
export function shiftDistances(
  lips: Float32Array,
  soundAt: (shift: number) => Float32Array | undefined,
  vshift = VSHIFT,
): Float32Array {
  return Float32Array.from({ length: 2 * vshift + 1 }, (_, index) => {
    const sound = soundAt(index - vshift);
    let squares = 0;
    for (let i = 0; i < lips.length; i++) {
      const difference = lips[i] - (sound ? sound[i] : 0) + EPSILON;
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  });
}

/**
 * Returns the score of frames whose distances by shift are known.
 *
 * @param distances - at least one.
 */
export function scoreOfDistances(distances: readonly Float32Array[]): SyncScore {
  const meanDistances = Float32Array.from(distances[0], (_, shift) => {
    let total = 0;
    for (const ofFrame of distances) total += ofFrame[shift];
    return total / distances.length;
  });
  const vshift = (meanDistances.length - 1) / 2;
  const best = meanDistances.reduce((least, distance, i) => (distance < meanDistances[least] ? i : least), 0);
  const minDistance = meanDistances[best];
  const median = meanDistances.toSorted()[vshift];
  return { offset: vshift - best, minDistance, confidence: median - minDistance, meanDistances };
}
