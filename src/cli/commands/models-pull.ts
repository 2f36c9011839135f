// latentsync models pull: downloads a model, the networks that judge its videos, or the tiny autoencoder.
import { modelParts, type ModelPart } from '../../hub/model-registry.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';

export const modelsPullCommand = defineCommand({
  description:
    'Interrupted downloads resume. Every file is verified by its sha256. Files go to the cache directory, which LATENTSYNC_HOME ' +
    'can change.',
  positionals: ['model'],
  options: {
    model: {
      type: 'text',
      group: 'Files',
      value: 'NAME',
      required: true,
      text: '1.5 (256×256 pixels) or 1.6 (512×512 pixels), about 5.5 GB each, or taesd, the tiny autoencoder for them, 10 MB.',
    },
    parts: {
      type: 'choice',
      group: 'Files',
      choices: modelParts,
      flag: 'part',
      list: true,
      essential: true,
      defaultText: 'inference',
      text:
        'Which files: those to lip-sync with; those that judge videos (SyncNet v2, S3FD, HyperIQA, I3D), 305 MB; or StableSyncNet, to train ' +
        'with, 1.6 GB. The same for 1.5 and 1.6, but for StableSyncNet.',
    },
  },
  examples: [
    'latentsync models pull 1.6',
    'latentsync models pull 1.6 --part evaluation',
    'latentsync models pull taesd',
    'HF_ENDPOINT=https://mirror.example latentsync models pull 1.5',
  ],
  async run({ model: name, parts }, { report, signal }) {
    const { pullModel } = await import('../../hub/pull-model-node.ts');
    const directory = await pullModel(name, {
      parts,
      retry: {
        onRetry: (retry) => {
          const text = `Trying again in ${formatSeconds(Math.ceil(retry.seconds))}: ${retry.reason}.`;
          report.notice('retry', retry, text);
        },
      },
      signal,
      onProgress: report.onProgress,
    });
    report.event('result', { model: name, directory, parts }, resultText(name, directory, parts));
  },
});

function resultText(name: string, directory: string | undefined, parts: readonly ModelPart[] = ['inference']): string {
  if (directory === undefined) return `Model ${name} comes with the package; there is nothing to download.`;
  if (name === 'taesd') return `TAESD is complete, in ${directory}.\nUse it with --vae taesd, beside model 1.5 or 1.6.`;
  if (parts.includes('inference')) return `Model ${name} is complete, in ${directory}.\nUse it with --model ${name}.`;
  return `The files of model ${name} for ${parts.join(' and ')} are complete, in ${directory}.`;
}
