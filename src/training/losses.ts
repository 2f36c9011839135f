// Losses as graphs: values of one element.
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';

/** The mean over all elements, [1, 1, …]. */
export function meanOf(g: Graph, x: Value): Value {
  return g.reshape(
    g.reduceMean(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [1],
  );
}

/** The sum of all elements, [1]. */
export function sumOf(g: Graph, x: Value): Value {
  return g.reshape(
    g.reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [1],
  );
}

/** Mean squared error; places are weights that broadcast to the error's shape. */
export function meanSquaredError(g: Graph, error: Value, places: Value): Value {
  return meanOf(g, g.mul(g.mul(error, error), places));
}

/** Mean absolute error. */
export function meanAbsoluteError(g: Graph, error: Value, places: Value): Value {
  return meanOf(g, g.mul(g.abs(error), places));
}

/** Mean absolute error of the differences between neighboring pixels of [N,C,H,W], along rows and columns: edges. */
export function edgeError(g: Graph, error: Value, places: Value): Value {
  const [rows, columns] = [2, 3].map((axis) => {
    const size = Number(error.shape[axis]);
    const later = (x: Value): Value => g.slice(x, axis, 1, size);
    return meanAbsoluteError(g, g.sub(later(error), g.slice(error, axis, 0, size - 1)), later(places));
  });
  return g.add(rows, columns);
}

/** Second differences of the luma (BT.601), as a kernel [1, 3, 3, 3]. */
const DETAIL_KERNEL = Tensor.float32(
  [1, 3, 3, 3],
  Float32Array.from(
    [0.299, 0.587, 0.114].flatMap((share) => [0, -1, 0, -1, 4, -1, 0, -1, 0].map((tap) => share * tap)),
  ),
);
/** Side of the squares in which detail is compared, pixels. */
const DETAIL_SQUARE = 4;
/** Keeps the square root's slope finite: less than one of 255 gray levels. */
const DETAIL_FLOOR = 1e-5;

/**
 * Mean absolute difference of how much fine detail two images [N,3,H,W] have, square by square: the root mean square of their
 * second differences. Pixels need not agree, so that skin and grain stay as rough as they are where they cannot be foreseen.
 *
 * @param places - weights [N,1,H,W]; H and W are multiples of 4.
 */
export function detailError(g: Graph, { real, drawn }: { real: Value; drawn: Value }, places: Value): Value {
  const kernel = g.constant(DETAIL_KERNEL);
  const roughness = (image: Value): Value => {
    const fine = g.conv(image, kernel, undefined, { padding: 1 });
    return g.sqrt(g.add(squareMeans(g, g.mul(fine, fine), DETAIL_SQUARE), g.float(DETAIL_FLOOR)));
  };
  return meanAbsoluteError(g, g.sub(roughness(drawn), roughness(real)), squareMeans(g, places, DETAIL_SQUARE));
}

/** Means over squares: [N,1,H,W] → [N,1,H/side,W/side]. */
export function squareMeans(g: Graph, x: Value, side: number): Value {
  const [images, , height, width] = x.shape.map(Number);
  const squares = g.reshape(x, [images, height / side, side, width / side, side]);
  return g.reshape(g.reduceMean(squares, [2, 4]), [images, 1, height / side, width / side]);
}

/** The mean divergence of normal distributions from the standard one, per element: ½(μ² + σ² − 1 − log σ²). */
export function normalDivergence(g: Graph, mean: Value, logvar: Value): Value {
  const inner = g.sub(g.sub(g.add(g.mul(mean, mean), g.exp(logvar)), g.float(1)), logvar);
  return g.mul(meanOf(g, inner), g.float(0.5));
}

/** Mean cross-entropy of [rows, classes] logits against one-hot targets; rows of zeros do not count as errors. */
export function crossEntropy(g: Graph, logits: Value, oneHot: Value): Value {
  const rows = Number(logits.shape[0]);
  const sum = g.reduceSum(g.mul(g.logSoftmax(logits), oneHot), [0, 1]);
  return g.mul(g.reshape(sum, [1]), g.float(-1 / rows));
}

/** Keeps logarithms of probabilities finite. */
const LEAST_PROBABILITY = 1e-4;

/** Binary cross-entropy of probabilities against targets of 0 or 1; the weights sum to 1. */
export function binaryCrossEntropy(g: Graph, probability: Value, target: Value, weight: Value): Value {
  const p = g.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY);
  const one = g.float(1);
  const sum = g.add(g.mul(target, g.log(p)), g.mul(g.sub(one, target), g.log(g.sub(one, p))));
  return g.mul(sumOf(g, g.mul(sum, weight)), g.float(-1));
}

/** A weighted sum of losses. @throws LatentSyncError `config-invalid` when no weight is above 0. */
export function weightedSum(g: Graph, terms: readonly (readonly [loss: Value, weight: number])[]): Value {
  const weighted = terms.filter(([, weight]) => weight > 0).map(([loss, weight]) => g.mul(loss, g.float(weight)));
  const [first, ...rest] = weighted as [Value | undefined, ...Value[]];
  if (!first) {
    throw new LatentSyncError('config-invalid', 'All weights of the losses are 0: there is nothing to learn.', {
      remedy: 'Raise one of them.',
    });
  }
  return rest.reduce((sum, term) => g.add(sum, term), first);
}
