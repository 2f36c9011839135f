// Kind "frechet_distance": between hashed features and those that are in the file.
import { frechetDistance } from '../../evaluation/frechet-distance.ts';
import { hashed } from '../../models/hashed-weights.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compareClosely, PASS_TOLERANCE } from '../comparison.ts';
import type { Kind } from '../kind.ts';

/** `distance` [1] to `b` [M, D]. */
export const frechet: Kind = async function* (golden) {
  const [input] = golden.words('inputs');
  const [scale, offset] = golden.numbers('input_scale_offset');
  const a = hashed(input, golden.shape('input_shape'), scale, offset);
  const distance = frechetDistance(a, await golden.float32('b'));
  yield await compareClosely(golden, 'distance', Tensor.float32([1], Float32Array.of(distance)), PASS_TOLERANCE);
};
