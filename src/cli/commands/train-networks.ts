// latentsync train vae, audio, unet and syncnet: the networks of the embedded model, trained.
import type { RecipeName } from '../../training/run-recipe-node.ts';
import { formatBytes } from '../../hub/format-bytes.ts';
import { defineCommand, type Command } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';
import { jsonOption, threadsOption } from './shared-options.ts';

interface NetworkTexts {
  /** File in models/tiny/training. */
  recipe: string;
  summary: string;
  description: string;
  dataHelp: string;
  needsData: boolean;
}

const LOOP =
  'The folder holds the state, from which an interrupted run goes on as if it had not been interrupted, the log as one JSON ' +
  'object a step, the loss curve as a picture, and, when all steps are done, the weights. Ctrl-C writes the state and ends.';

function trainCommand(name: RecipeName, { recipe, summary, description, dataHelp, needsData }: NetworkTexts): Command {
  return defineCommand({
    name: `train ${name}`,
    summary,
    description: `${description} ${LOOP}`,
    arguments: {},
    options: {
      config: { kind: 'text', value: 'FILE', required: true, help: 'Configuration file, as in models/tiny/training.' },
      data: { kind: 'text', value: 'DIR', required: needsData, help: dataHelp },
      output: { kind: 'text', value: 'DIR', short: 'o', required: true, help: 'Folder of the run.' },
      minutes: {
        kind: 'number',
        value: 'N',
        help: 'Stop after so many minutes of training; the same command goes on later.',
      },
      threads: threadsOption,
      json: jsonOption,
    },
    examples: [
      `latentsync train ${name} --config models/tiny/training/${recipe}` +
        `${needsData ? ' --data clips/train' : ''} -o runs/${name}`,
    ],
    async run({ options }, { report, signal }) {
      const { runRecipe } = await import('../../training/run-recipe-node.ts');
      const startedAt = performance.now();
      const result = await runRecipe(name, {
        recipe: options.config,
        data: options.data,
        output: options.output,
        threads: options.threads,
        minutes: options.minutes,
        signal,
        onProgress: report.onProgress,
      });
      const { step, loss, weights, peakBytes } = result;
      const lines = [
        `${step} steps done${loss === undefined ? '' : `, loss ${loss.toPrecision(4)}`}, in ${formatSeconds((performance.now() - startedAt) / 1000)}`,
        weights ?? 'Not finished: the same command goes on.',
        ...(peakBytes === undefined ? [] : [`It took ${formatBytes(peakBytes)} of memory at most`]),
      ];
      report.event('result', result, lines.join('\n'));
    },
  });
}

export const trainVaeCommand = trainCommand('vae', {
  recipe: 'vae.yaml',
  summary: 'Train the VAE on clips.',
  description: 'Trains the autoencoder between pixels and latents on patches of faces.',
  dataHelp: 'Folder of the clips that "train data" made.',
  needsData: true,
});

export const trainAudioCommand = trainCommand('audio', {
  recipe: 'audio.yaml',
  summary: 'Train the audio encoder on synthetic speech.',
  description:
    "Trains a Whisper encoder to tell from speech what is spoken and what the mouth does. The speech is the program's own.",
  dataHelp: 'Folder in which pieces of speech are kept. Default: "speech" in the folder of the run.',
  needsData: false,
});

export const trainUnetCommand = trainCommand('unet', {
  recipe: 'unet.yaml',
  summary: 'Train the UNet on clips.',
  description: 'Trains the denoising network, with the VAE and the audio encoder that the configuration names.',
  dataHelp: 'Folder of the clips that "train data" made.',
  needsData: true,
});

export const trainSyncnetCommand = trainCommand('syncnet', {
  recipe: 'syncnet.yaml',
  summary: 'Train a StableSyncNet on clips.',
  description: 'Trains the network that judges whether lips and sound belong together; it can judge and train a UNet.',
  dataHelp: 'Folder of the clips that "train data" made.',
  needsData: true,
});
