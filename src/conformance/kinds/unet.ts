// Kinds "unet" and "full_unet_stage2": the UNet's output at some timesteps.
import { hashed } from '../../models/hashed-weights.ts';
import { UNet3DConditionModel, unetGraph } from '../../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { elementCount, Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareCounts, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `sample_t<timestep>`, [B, 4, F, h, w]; the fields `keys` and `parameters`, if present, describe the state dict. */
export const unet: Kind = async function* (golden, context) {
  const network = new UNet3DConditionModel(parseUNet3DConfig(golden.json('config')));
  const parameters = [...network.namedParameters()];
  const keys = golden.words('keys');
  if (keys.length > 0)
    yield compareNames(
      'keys',
      keys,
      Array.from(parameters, ([key]) => key),
    );
  if (golden.optionalText('parameters') !== undefined) {
    // Position tables are in the state dict, and no parameters.
    const learned = parameters.filter(([key]) => !key.endsWith('.pe'));
    const count = learned.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
    yield compareCounts('parameters', golden.number('parameters'), count);
  }

  const sampleShape = golden.shape('sample_shape');
  const audioShape = golden.shape('audio_shape');
  const scale = golden.number('input_scale');
  const [sampleName, audioName] = inputNames(golden);
  const sample = hashed(sampleName, sampleShape, scale);
  const audio = hashed(audioName, audioShape, scale);

  const [batch, , , height, width] = sampleShape;
  const graph = unetGraph(network, { batch, height, width, tokens: audioShape[1] });
  const weights = await context.weights(network, golden.text('weight_prefix'));
  await using session = await loadSession(context, graph, weights);
  for (const timestep of timestepsOf(golden)) {
    const feeds = { sample, timestep: Tensor.float32([1, 1], Float32Array.of(timestep)), encoder_hidden_states: audio };
    const { noise_pred: noisePred } = await session.run(feeds, { signal: context.signal });
    yield await compareClosely(golden, `sample_t${timestep}`, toFloat32(noisePred), PASS_TOLERANCE);
  }
};

/** Whole names of sample and audio. */
function inputNames(golden: GoldenFile): readonly string[] {
  const names = golden.words('inputs');
  return names.length > 0
    ? names
    : ['unet.in.sample', 'unet.in.audio'].map((name) => golden.text('hash_prefix') + name);
}

/** The timesteps that the file lists, and those of its tensors. */
function timestepsOf(golden: GoldenFile): Set<number> {
  const listed = golden.optionalText('timesteps') === undefined ? [] : golden.numbers('timesteps');
  const stored = golden.names.flatMap((name) => /^sample_t(\d+(?:\.\d+)?)$/.exec(name)?.[1] ?? []);
  return new Set([...listed, ...stored.map(Number)]);
}
