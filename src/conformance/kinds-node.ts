// All kinds of golden files, by the name in their metadata.
import type { Kind } from './kind.ts';
import { alignRestore } from './kinds/align-restore.ts';
import { autoencoderKL } from './kinds/autoencoder-kl.ts';
import { deepcache } from './kinds/deepcache.ts';
import { features } from './kinds/features.ts';
import { frechet } from './kinds/frechet-distance.ts';
import { hash } from './kinds/hash.ts';
import { hyperIqa } from './kinds/hyper-iqa.ts';
import { i3d } from './kinds/i3d.ts';
import { logMel, logMelTail } from './kinds/log-mel.ts';
import { pipelineFiles } from './kinds/pipeline-files-node.ts';
import { pipelineLoop } from './kinds/pipeline-loop.ts';
import { s3fd } from './kinds/s3fd.ts';
import { schedulers } from './kinds/schedulers.ts';
import { stableSyncnet } from './kinds/stable-syncnet.ts';
import { syncnetMel, syncScores } from './kinds/sync-judges.ts';
import { syncnetTracks } from './kinds/syncnet-tracks.ts';
import { syncnetV2 } from './kinds/syncnet-v2.ts';
import { taesd } from './kinds/taesd.ts';
import { torchCpuRandn } from './kinds/torch-cpu-randn.ts';
import { unet } from './kinds/unet.ts';
import { whisper } from './kinds/whisper.ts';

/** What reproduces each kind. */
export const kinds: ReadonlyMap<string, Kind> = new Map([
  ['hash', hash],
  ['torch_cpu_randn', torchCpuRandn],
  ['log_mel', logMel],
  ['log_mel_65s_tail', logMelTail],
  ['features', features],
  ['schedulers', schedulers],
  ['unet', unet],
  ['deepcache', deepcache],
  ['autoencoder_kl', autoencoderKL],
  ['taesd', taesd],
  ['align_restore', alignRestore],
  ['pipeline_loop', pipelineLoop],
  ['pipeline_files', pipelineFiles],
  ['stable_syncnet', stableSyncnet],
  ['syncnet_v2', syncnetV2],
  ['syncnet_mel', syncnetMel],
  ['sync_score', syncScores],
  ['s3fd', s3fd],
  ['syncnet_tracks', syncnetTracks],
  ['hyper_iqa', hyperIqa],
  ['i3d', i3d],
  ['frechet_distance', frechet],
  ['full_unet_stage2', unet],
  ['full_vae', autoencoderKL],
  ['full_whisper_tiny', whisper],
]);

/** Returns whether a kind is one of networks at their official sizes, which take minutes and gigabytes. */
export function isFullKind(kind: string): boolean {
  return kind.startsWith('full_');
}
