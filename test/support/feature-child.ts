// A process of its own that writes one entry of a feature cache again and again: `feature-child.ts DIRECTORY AUDIO TIMES`.
import { FeatureCache } from '../../src/hub/feature-cache-node.ts';
import { fillHashed } from '../../src/tensor/hashed.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

const [directory, audio, times] = process.argv.slice(2);
const cache = new FeatureCache({ directory });
const features = Tensor.float32([500, 5, 64]);
fillHashed(features.data, 'features');
for (let time = 0; time < Number(times); time++) {
  if (!(await cache.write({ audio, encoder: 'tiny', windowMode: 'overlap', window: 0 }, features)))
    throw new Error('The entry was not kept.');
}
