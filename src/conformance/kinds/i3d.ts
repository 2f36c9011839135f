// Kind "i3d": the features of clips for the Fréchet video distance.
import { hashed } from '../../models/hashed-weights.ts';
import { I3D, i3dGraph } from '../../models/i3d.ts';
import { isTrainingCounter } from '../../nn/norm.ts';
import { toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `logits_<i>` [400] of the i-th clip. */
export const i3d: Kind = async function* (golden, context) {
  const network = new I3D();
  const own = Array.from(network.namedParameters(), ([key]) => key);
  yield compareNames('keys', golden.words('keys').filter((key) => !isTrainingCounter(key)), own); // prettier-ignore
  const shape = golden.shape('input_shape');
  const weights = await context.weights(network, golden.text('weight_prefix'));
  await using session = await loadSession(context, i3dGraph(network, shape[2]), weights);
  for (const [index, name] of golden.words('inputs').entries()) {
    const clip = hashed(name, shape, golden.number('input_scale'));
    const logits = toFloat32((await session.run({ clip }, { signal: context.signal })).logits);
    yield await compareClosely(golden, `logits_${index}`, logits.reshape([logits.size]), PASS_TOLERANCE);
  }
};
