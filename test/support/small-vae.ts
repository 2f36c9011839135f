// The smallest autoencoder that halves pictures three times, as every VAE of LatentSync does.
import type { AutoencoderKLConfig } from '../../src/models/autoencoder-kl.ts';

/** Eight pixels a latent, four groups in every norm. */
export const smallVaeConfig: AutoencoderKLConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: [8, 8, 16, 16],
  layersPerBlock: 1,
  normNumGroups: 4,
  scalingFactor: 1,
};
