// Kind "stable_syncnet": StableSyncNet's embeddings of mouths and of sound, and their cosine.
import { parseStableSyncNetConfig } from '../../models/stable-syncnet-config.ts';
import { StableSyncNet, stableSyncNetGraph } from '../../models/stable-syncnet.ts';
import { toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `vision` and `audio` [B, D], `cosine` [B]. */
export const stableSyncnet: Kind = async function* (golden, context) {
  const network = new StableSyncNet(parseStableSyncNetConfig(golden.json('config')));
  const keys = golden.words('keys');
  if (keys.length > 0)
    yield compareNames(
      'keys',
      keys,
      Array.from(network.namedParameters(), ([key]) => key),
    );
  const image = golden.hashed('ss.image', golden.shape('image_shape'), golden.number('image_scale', 1));
  const mel = golden.hashed('ss.mel', golden.shape('mel_shape'), golden.number('mel_scale', 1));
  const [batch, , imageHeight, imageWidth] = image.shape;
  const [, , melBins, melFrames] = mel.shape;
  const graph = stableSyncNetGraph(network, { batch, imageHeight, imageWidth, melBins, melFrames });
  await using session = await loadSession(context, graph, await context.weights(network, golden.text('weight_prefix')));
  const outputs = await session.run({ image, mel }, { signal: context.signal });
  yield await compareClosely(golden, 'vision', toFloat32(outputs.vision_embeds), PASS_TOLERANCE);
  yield await compareClosely(golden, 'audio', toFloat32(outputs.audio_embeds), PASS_TOLERANCE);
  yield await compareClosely(golden, 'cosine', toFloat32(outputs.cosine), PASS_TOLERANCE);
};
