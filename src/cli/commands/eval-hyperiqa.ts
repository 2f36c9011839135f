// latentsync eval hyperiqa: how good images and videos look.
import { scorePicturesOptions } from '../../evaluation/official-options.ts';
import { defineCommand } from '../command.ts';

export const evalHyperiqaCommand = defineCommand({
  description:
    'HyperIQA scores the 224×224 pixels in the middle of an image, or of the first, the middle and the last frame of a video, about 0 to 100; ' +
    'higher is better. The official data filter does so with videos of aligned faces, and keeps those of 40 or more. "models pull 1.6 ' +
    '--part evaluation" downloads the weights.',
  positionals: ['input'],
  options: {
    input: {
      type: 'input',
      group: 'Files',
      value: 'FILE',
      required: true,
      repeats: true,
      text: 'Images and videos to score, files or URLs, of 224×224 pixels or more.',
    },
    ...scorePicturesOptions,
  },
  examples: [
    'latentsync eval hyperiqa face.mp4 portrait.png',
    'latentsync eval hyperiqa face.mp4 --hyperiqa koniq_pretrained.pkl',
  ],
  async run({ input, ...options }, { report, signal }) {
    const { scorePictures } = await import('../../evaluation/score-pictures-node.ts');
    const inputs = [input].flat();
    const scores: number[] = [];
    const { onProgress, onWarning } = report;
    for await (const result of scorePictures(inputs, { ...options, signal, onProgress, onWarning })) {
      const { name, score, frames } = result;
      const each = frames.length > 1 ? ` (${frames.map((frame) => frame.score.toFixed(1)).join(', ')})` : '';
      report.event('result', result, `${name}: ${score.toFixed(1)}${each}`);
      scores.push(score);
    }
    if (scores.length < 2) return;
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    report.event('mean', { score: mean, inputs: scores.length }, `Mean of ${scores.length}: ${mean.toFixed(1)}`);
  },
});
