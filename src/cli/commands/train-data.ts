// latentsync train data: clips to train the embedded model with, of synthetic speakers or from videos.
import type { GeneratedClips } from '../../training/data/generate-clips-node.ts';
import type { ImportedVideos } from '../../training/data/import-videos-node.ts';
import { defineCommand } from '../command.ts';
import { UsageError } from '../errors.ts';
import { formatSeconds } from '../progress-text.ts';
import { jsonOption } from './shared-options.ts';

/** Options that have no meaning for videos. */
const ONLY_SYNTHETIC = ['clips', 'seed', 'held-out', 'clips-per-person', 'workers'] as const;

function describeGenerated(result: GeneratedClips): string {
  const { output, clips, kept, dropped, frames, framesWithoutFace, millisecondsPerFrame, elapsedSeconds } = result;
  const lines = [`${output}: ${clips} clips${kept > 0 ? `, ${kept} of them were there` : ''}`];
  if (frames > 0) {
    const { build, draw, align } = millisecondsPerFrame;
    const found = ((100 * (frames - framesWithoutFace)) / frames).toFixed(2);
    lines.push(
      `${frames} frames rendered in ${formatSeconds(elapsedSeconds)}; the face was found in ${found} % of them`,
      `A frame took ${build.toFixed(0)} ms for building the speaker, ${draw.toFixed(0)} for drawing, ` +
        `${align.toFixed(0)} for finding the face`,
    );
  }
  if (dropped > 0) lines.push(`${dropped} clips left out, because the face was lost on the way`);
  return lines.join('\n');
}

function describeImported(result: ImportedVideos): string {
  const { output, clips, frames, videos, unchanged, framesLeftOut, skipped } = result;
  const lines = [
    `${output}: ${clips} clips, ${frames} frames, from ${videos} videos` +
      (unchanged > 0 ? `, ${unchanged} of which had not changed` : ''),
  ];
  if (framesLeftOut > 0) lines.push(`${framesLeftOut} frames left out: no face, or less than a second of it`);
  for (const { reason } of skipped) lines.push(`Not used: ${reason}`);
  return lines.join('\n');
}

export const trainDataCommand = defineCommand({
  name: 'train data',
  summary: 'Make clips to train with: faces, sound, and labels.',
  description:
    'Renders synthetic speakers, each another person with another voice, and finds and aligns their faces as "sync" does. ' +
    'One safetensors file a clip: "frames" [F, 128, 128, 3], "audio" at 16 kHz, and what mouth and sound truly do. Files that ' +
    'are there stay, so that an interrupted run goes on; the same options give the same files, whatever the number of workers. ' +
    'With --videos the clips are of your own footage, without labels; videos that have not changed are not read again.',
  arguments: {},
  options: {
    output: { kind: 'text', value: 'DIR', short: 'o', required: true, help: 'Folder of the clips.' },
    videos: {
      kind: 'text',
      value: 'DIR',
      help: 'Folder with videos of people who talk, instead of synthetic speakers.',
    },
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
    seconds: { kind: 'number', value: 'SECONDS', help: 'Length of a clip (of videos: the most), 1 to 60. Default: 4.' },
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
    'latentsync train data -o clips/footage --videos footage',
  ],
  propertyNames: { clipsPerPerson: 'clips-per-person' },
  async run({ options }, { report, signal }) {
    const { output, videos, seconds } = options;
    const { onProgress } = report;
    if (videos !== undefined) {
      const given = ONLY_SYNTHETIC.find((name) => options[name] !== undefined && options[name] !== false);
      if (given !== undefined)
        throw new UsageError(`--${given} is for synthetic speakers and has no meaning with --videos.`);
      const { importVideos } = await import('../../training/data/import-videos-node.ts');
      const result = await importVideos({ videos, output, seconds, signal, onProgress });
      report.event('result', result, describeImported(result));
      return;
    }
    const { generateClips } = await import('../../training/data/generate-clips-node.ts');
    const result = await generateClips({
      output,
      clips: options.clips ?? 240,
      seed: options.seed,
      heldOut: options['held-out'],
      clipsPerPerson: options['clips-per-person'],
      seconds,
      workers: options.workers,
      signal,
      onProgress,
    });
    report.event('result', result, describeGenerated(result));
  },
});
