// Whether a StableSyncNet fits the faces and sound it is to judge; if it does not, its configuration is at fault.
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { wording } from '../util/wording.ts';

/**
 * Builds the part of a graph that has a StableSyncNet in it.
 *
 * @throws LatentSyncError `config-invalid` when the network cannot take what it is given.
 */
export function fittingSyncNet<T>(resolution: number, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new LatentSyncError(
      'config-invalid',
      wording`The StableSyncNet does not fit faces of ${resolution}×${resolution} pixels and their sound: ${messageOf(error)}`,
      {
        remedy:
          'Change "downsample_factors" or "block_out_channels" of its encoders so that both produce embeddings of the same length.',
        cause: error,
      },
    );
  }
}
