// latentsync models pull: downloads a model, or the tiny autoencoder.
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
  },
  examples: [
    'latentsync models pull 1.6',
    'latentsync models pull taesd',
    'HF_ENDPOINT=https://mirror.example latentsync models pull 1.5',
  ],
  async run({ model: name }, { report, signal }) {
    const { pullModel } = await import('../../hub/pull-model-node.ts');
    const directory = await pullModel(name, {
      retry: {
        onRetry: (retry) => {
          const text = `Trying again in ${formatSeconds(Math.ceil(retry.seconds))}: ${retry.reason}.`;
          report.notice('retry', retry, text);
        },
      },
      signal,
      onProgress: report.onProgress,
    });
    const text =
      directory === undefined
        ? `Model ${name} comes with the package; there is nothing to download.`
        : name === 'taesd'
          ? `TAESD is complete, in ${directory}.\nUse it with --vae taesd, beside model 1.5 or 1.6.`
          : `Model ${name} is complete, in ${directory}.\nUse it with --model ${name}.`;
    report.event('result', { model: name, directory }, text);
  },
});
