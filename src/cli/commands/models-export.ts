// latentsync models export: a model in the layout of the official downloads.
import { exportModelOptions } from '../../pipelines/export-model-options.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';

export const modelsExportCommand = defineCommand({
  description:
    'Writes a model that was trained here as the official files are: latentsync_unet.pt, whisper/tiny.pt (or small.pt), ' +
    'sd-vae-ft-mse, config.yaml, and scheduler_config.json. Weights keep their types. LatentSync uses only ' +
    "Whisper's encoder, so the decoder is written without layers. Nothing appears before everything is complete.",
  positionals: ['model'],
  options: exportModelOptions,
  examples: [
    'latentsync models export tiny -o official/tiny',
    'latentsync models export runs/tiny/weights -o official/mine',
    'latentsync models export runs/tiny/weights -o latentsync_unet.pt',
  ],
  async run(options, { report, signal }) {
    const { exportModel } = await import('../../pipelines/export-model-node.ts');
    const result = await exportModel({ ...options, signal, onProgress: report.onProgress });
    const { output, files } = result;
    const text = files[0] === output ? printable(output) : `${printable(output)}: ${files.join(', ')}`;
    report.event('result', result, text);
  },
});
