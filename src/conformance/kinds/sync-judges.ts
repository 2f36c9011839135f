// Kinds "syncnet_mel" and "sync_score": what the judges of lip sync hear, and the score from given features.
import { mfcc } from '../../audio/mfcc.ts';
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import { syncScore } from '../../evaluation/sync-score.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compareClosely, compareExactly, PASS_TOLERANCE } from '../comparison.ts';
import type { Kind } from '../kind.ts';

/** `mel`, [80, T]. */
export const syncnetMel: Kind = async function* (golden, context) {
  yield await compareClosely(golden, 'mel', syncnetMelSpectrogram(await context.samples()), PASS_TOLERANCE);
};

/** `mfcc` [T, 13] of the speech; `mean_distances`, `offset`, `min_distance`, `confidence` of `lip_features` and `audio_features`. */
export const syncScores: Kind = async function* (golden, context) {
  yield await compareClosely(golden, 'mfcc', mfcc(await context.samples()), PASS_TOLERANCE);
  const lipFeatures = await golden.float32('lip_features');
  const audioFeatures = await golden.float32('audio_features');
  const score = syncScore(lipFeatures, audioFeatures, { vshift: golden.number('vshift') });
  yield await compareExactly(golden, 'offset', { shape: [1], data: [score.offset] });
  const values = {
    mean_distances: score.meanDistances,
    min_distance: [score.minDistance],
    confidence: [score.confidence],
  };
  for (const [name, numbers] of Object.entries(values)) {
    if (golden.shapeOf(name) === undefined) continue;
    const tensor = Tensor.float32([numbers.length], Float32Array.from(numbers));
    yield await compareClosely(golden, name, tensor, PASS_TOLERANCE);
  }
};
