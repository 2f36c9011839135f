// latentsync train data: clips to train the embedded model with, rendered.
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';
import { jsonOption } from './shared-options.ts';

export const trainDataCommand = defineCommand({
  name: 'train data',
  summary: 'Make clips to train with: faces, sound, and labels.',
  description:
    'Renders synthetic speakers, each another person with another voice, and finds and aligns their faces as "sync" does. ' +
    'One safetensors file a clip: "frames" [F, 128, 128, 3], "audio" at 16 kHz, and what mouth and sound truly do. Files that ' +
    'are there stay, so that an interrupted run goes on; the same options give the same files, whatever the number of workers.',
  arguments: {},
  options: {
    output: { kind: 'text', value: 'DIR', short: 'o', required: true, help: 'Folder of the clips.' },
    clips: { kind: 'number', value: 'N', help: 'How many clips. Default: 240.' },
    seed: {
      kind: 'number',
      value: 'N',
      help: 'Number of the set, 1 to 999; sets have no person in common. Default: 1.',
    },
    'held-out': {
      kind: 'flag',
      help: 'Take people, voices and words that clips for training never have: for testing.',
    },
    'clips-per-person': { kind: 'number', value: 'N', help: 'Clips of each person. Default: 1.' },
    seconds: { kind: 'number', value: 'SECONDS', help: 'Length of a clip, 1 to 60. Default: 4.' },
    workers: {
      kind: 'number',
      value: 'N',
      help: 'Processes that render, each on one core. Default: one fewer than there are cores.',
    },
    json: jsonOption,
  },
  examples: [
    'latentsync train data -o clips/train --clips 240',
    'latentsync train data -o clips/held-out --clips 24 --held-out',
  ],
  propertyNames: { clipsPerPerson: 'clips-per-person' },
  async run({ options }, { report, signal }) {
    const { generateClips } = await import('../../training/data/generate-clips-node.ts');
    const result = await generateClips({
      output: options.output,
      clips: options.clips ?? 240,
      seed: options.seed,
      heldOut: options['held-out'],
      clipsPerPerson: options['clips-per-person'],
      seconds: options.seconds,
      workers: options.workers,
      signal,
      onProgress: report.onProgress,
    });
    const { output, clips, kept, dropped, frames, framesWithoutFace, millisecondsPerFrame, elapsedSeconds } = result;
    const { build, draw, align } = millisecondsPerFrame;
    const lines = [`${output}: ${clips} clips${kept > 0 ? `, ${kept} of them were there` : ''}`];
    if (frames > 0) {
      const found = ((100 * (frames - framesWithoutFace)) / frames).toFixed(2);
      lines.push(
        `${frames} frames rendered in ${formatSeconds(elapsedSeconds)}; the face was found in ${found} % of them`,
        `A frame took ${build.toFixed(0)} ms for building the speaker, ${draw.toFixed(0)} for drawing, ` +
          `${align.toFixed(0)} for finding the face`,
      );
    }
    if (dropped > 0) lines.push(`${dropped} clips left out, because the face was lost on the way`);
    report.event('result', result, lines.join('\n'));
  },
});
