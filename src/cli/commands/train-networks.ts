// latentsync train vae, audio, unet and syncnet: trains the networks of the embedded model.
import { formatBytes } from '../../hub/format-bytes.ts';
import type { RecipeName } from '../../training/run-recipe-node.ts';
import { recipeOptions, validationOptions } from '../../training/training-options.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';

const LOOP =
  'The output folder holds the state, from which an interrupted run resumes exactly; the log, with one JSON object per step; a ' +
  'picture of the loss curve; and, once all steps are done, the weights. Ctrl-C writes the state and stops.';

interface DataOption {
  readonly text: string;
  readonly required?: boolean;
  readonly defaultText?: string;
}

const clips: DataOption = { text: 'Folder of the clips that "train data" made.', required: true };

function trainCommand(
  name: RecipeName,
  // The recipe checks what only one of them has.
  { description, data, more = {} }: { description: string; data: DataOption; more?: object },
) {
  const { recipe, ...others } = recipeOptions;
  return defineCommand({
    description: `${description} ${LOOP}`,
    positionals: [],
    options: { recipe, ...others, data: { ...recipeOptions.data, ...data }, ...more },
    examples: [
      `latentsync train ${name} --recipe models/tiny/training/${name}.yaml` +
        `${data.required ? ' --data clips/train' : ''} -o runs/${name}`,
    ],
    async run(options, { report, signal }) {
      const { runRecipe } = await import('../../training/run-recipe-node.ts');
      const startedAt = performance.now();
      const result = await runRecipe(name, { ...options, signal, onProgress: report.onProgress });
      const { step, loss, weights, peakBytes } = result;
      const lines = [
        `${step} steps done${loss === undefined ? '' : `, loss ${loss.toPrecision(4)}`}, in ${formatSeconds((performance.now() - startedAt) / 1000)}`,
        weights ?? 'Not finished. The same command resumes it.',
        ...(peakBytes === undefined ? [] : [`Peak memory: ${formatBytes(peakBytes)}`]),
      ];
      report.event('result', result, lines.join('\n'));
    },
  });
}

export const trainVaeCommand = trainCommand('vae', {
  description: 'Trains the autoencoder between pixels and latents on patches of faces.',
  data: clips,
});

export const trainAudioCommand = trainCommand('audio', {
  description:
    'Trains a Whisper encoder to tell from speech what is said and what the mouth does. The speech is synthesized by the program.',
  data: { text: 'Folder for pieces of speech.', defaultText: 'the folder "speech" in the output folder' },
});

export const trainUnetCommand = trainCommand('unet', {
  description:
    'Trains the denoising network, with the VAE and the audio encoder that the recipe names. With --validate, the judge of "latentsync eval" says now and then ' +
    'how it does.',
  data: clips,
  more: validationOptions,
});

export const trainSyncnetCommand = trainCommand('syncnet', {
  description:
    'Trains the network that judges whether lips and sound belong together. It can be used to judge a UNet, and to train one.',
  data: clips,
});
