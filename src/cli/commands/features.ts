// latentsync features: the audio features that the networks hear, as a safetensors file.
import { extractFeaturesOptions } from '../../pipelines/audio/extract-features-options.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';

export const featuresCommand = defineCommand({
  description:
    'The file holds "features" [T, layers + 1, state], 50 rows per second, in float32. With --fps, it also holds "chunks" ' +
    '[frames, tokens, state]: what the UNet hears at each video frame.',
  positionals: ['audio'],
  options: extractFeaturesOptions,
  examples: [
    'latentsync features speech.wav -o features.safetensors',
    'latentsync features speech.mp3 -o features.safetensors --model 1.6 --fps 25',
  ],
  async run(options, { report, signal }) {
    const { extractFeatures } = await import('../../pipelines/audio/extract-features-node.ts');
    const { onProgress, onWarning } = report;
    const result = await extractFeatures({ ...options, signal, onProgress, onWarning });
    const shapes = Object.entries(result.tensors).map(([name, shape]) => `${name} [${shape.join(', ')}]`);
    report.event('result', result, `${printable(result.output)}: ${shapes.join(', ')}`);
  },
});
