// latentsync features: the audio features that the networks hear, as a safetensors file.
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { deviceOption, jsonOption, modelOption, referenceOption, threadsOption } from './shared-options.ts';

export const featuresCommand = defineCommand({
  name: 'features',
  summary: 'Write the Whisper features of an audio file.',
  description:
    'The file holds "features" [T, layers + 1, state], 50 rows a second, in float32; with --fps also "chunks" ' +
    '[frames, tokens, state], what the UNet hears at each video frame.',
  arguments: { audio: { name: 'AUDIO', help: 'File with the speech; of a video file, its sound.' } },
  options: {
    output: {
      kind: 'text',
      value: 'FILE',
      short: 'o',
      required: true,
      help: 'Safetensors file to write, named .safetensors.',
    },
    model: { ...modelOption, help: `Whose Whisper encoder is used: ${modelOption.help}` },
    fps: { kind: 'number', value: 'RATE', help: 'Frames a second of a video that "chunks" are written for, 1 to 120.' },
    device: deviceOption,
    threads: threadsOption,
    reference: {
      ...referenceOption,
      help: 'Cut the audio into windows of 30 s end to end, as the official code does.',
    },
    json: jsonOption,
  },
  examples: [
    'latentsync features speech.wav -o features.safetensors',
    'latentsync features speech.mp3 -o features.safetensors --model 1.6 --fps 25',
  ],
  async run({ inputs, options }, { report, signal }) {
    const { extractFeatures } = await import('../../pipelines/audio/extract-features-node.ts');
    const { output, model, fps, device, threads, reference } = options;
    const result = await extractFeatures({
      audio: inputs.audio,
      output,
      model,
      fps,
      device,
      threads,
      reference,
      signal,
      onProgress: report.onProgress,
    });
    const shapes = Object.entries(result.tensors).map(([name, shape]) => `${name} [${shape.join(', ')}]`);
    report.event('result', result, `${printable(result.output)}: ${shapes.join(', ')}`);
  },
});
