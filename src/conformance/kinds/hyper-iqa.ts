// Kind "hyper_iqa": how good images look, and the features that are judged.
import { hashed } from '../../models/hashed-weights.ts';
import { HyperIQA, hyperIQAGraph } from '../../models/hyper-iqa.ts';
import { isTrainingCounter } from '../../nn/norm.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';

/** `score` [N] of N images, and `target_in_vec_<i>` [224] of some of them. */
export const hyperIqa: Kind = async function* (golden, context) {
  const network = new HyperIQA();
  const keys = golden.words('keys').filter((key) => !isTrainingCounter(key));
  const own = Array.from(network.namedParameters(), ([key]) => key);
  if (keys.length > 0) yield compareNames('keys', keys, own);
  const weights = await context.weights(network, golden.text('weight_prefix'));
  const shape = golden.shape('input_shape');
  await using session = await loadSession(context, hyperIQAGraph(network, shape[0]), weights);
  const scores: number[] = [];
  const features: Tensor<'float32'>[] = [];
  for (const name of golden.words('inputs')) {
    const image = hashed(name, shape, golden.number('input_scale'));
    const outputs = await session.run({ image }, { signal: context.signal });
    scores.push(...toFloat32(outputs.score).data);
    features.push(toFloat32(outputs.features));
  }
  yield await compareClosely(
    golden,
    'score',
    Tensor.float32([scores.length], Float32Array.from(scores)),
    PASS_TOLERANCE,
  );
  for (const name of golden.names) {
    const [index] = partsOf(/^target_in_vec_(\d+)$/, name);
    const vector = index === undefined ? undefined : features.at(Number(index));
    if (vector) yield await compareClosely(golden, name, vector.reshape([vector.size]), PASS_TOLERANCE);
  }
};
