// Kind "syncnet_v2": SyncNet's embeddings of mouths and of MFCC windows.
import { SyncNetV2, syncNetAudioGraph, syncNetLipGraph } from '../../models/syncnet-v2.ts';
import { isTrainingCounter } from '../../nn/norm.ts';
import { toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `lip` and `aud`, [B, 1024]. */
export const syncnetV2: Kind = async function* (golden, context) {
  const network = new SyncNetV2();
  const keys = golden.words('keys').filter((key) => !isTrainingCounter(key));
  if (keys.length > 0)
    yield compareNames(
      'keys',
      keys,
      Array.from(network.namedParameters(), ([key]) => key),
    );
  const [lipScale, lipOffset] = golden.numbers('lip_scale_offset');
  const lip = golden.hashed('sn.lip', golden.shape('lip_shape'), lipScale, lipOffset);
  const mfcc = golden.hashed('sn.mfcc', golden.shape('mfcc_shape'), golden.number('mfcc_scale'));
  const weights = await context.weights(network, golden.text('weight_prefix'));
  const { signal } = context;
  await using lipSession = await loadSession(context, syncNetLipGraph(network), weights);
  const { lip_embeds: lipEmbeds } = await lipSession.run({ lip }, { signal });
  yield await compareClosely(golden, 'lip', toFloat32(lipEmbeds), PASS_TOLERANCE);
  await using audioSession = await loadSession(context, syncNetAudioGraph(network), weights);
  const { audio_embeds: audioEmbeds } = await audioSession.run({ mfcc }, { signal });
  yield await compareClosely(golden, 'aud', toFloat32(audioEmbeds), PASS_TOLERANCE);
};
