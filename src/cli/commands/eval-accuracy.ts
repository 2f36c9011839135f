// latentsync eval accuracy: how often a StableSyncNet tells true pairs of lips and sound from shifted ones.
import { syncAccuracyOptions } from '../../training/sync-accuracy-options.ts';
import type { PairCount, SyncAccuracy } from '../../training/sync-accuracy-node.ts';
import { defineCommand } from '../command.ts';

function describe({ accuracy, matching, shifted, clips }: SyncAccuracy): string {
  const of = ({ right, pairs }: PairCount): string => `${right} of ${pairs}`;
  return [
    `Accuracy: ${(100 * accuracy).toFixed(1)} %, on ${clips} ${clips === 1 ? 'clip' : 'clips'}.`,
    `Lips with their own sound: ${of(matching)} told to belong together.`,
    `With sound from elsewhere in the clip: ${of(shifted)} told not to.`,
  ].join('\n');
}

export const evalAccuracyCommand = defineCommand({
  description:
    'Draws windows of clips, half of them with their own sound and half with that of another window of the same clip, and counts how often the cosine of ' +
    'a StableSyncNet is on the right side of 0.5, as the official evaluation does. Networks in latent space are shown the latents of the ' +
    "model's autoencoder.",
  positionals: ['data'],
  options: syncAccuracyOptions,
  examples: [
    'latentsync eval accuracy clips/held-out --syncnet runs/syncnet/weights.safetensors --recipe models/tiny/training/syncnet.yaml',
    'latentsync eval accuracy clips/footage --syncnet stable_syncnet.pt --recipe syncnet_16_latent.yaml --model 1.6',
  ],
  async run(options, { report, signal }) {
    const { measureSyncAccuracy } = await import('../../training/sync-accuracy-node.ts');
    const result = await measureSyncAccuracy({ ...options, signal, onProgress: report.onProgress });
    report.event('result', result, describe(result));
  },
});
