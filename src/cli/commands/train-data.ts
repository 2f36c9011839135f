// latentsync train data: clips to train the embedded model with, of synthetic speakers or from videos.
import { generateClipsOptions, importVideosOptions } from '../../training/data/clip-options.ts';
import type { GeneratedClips } from '../../training/data/generate-clips-node.ts';
import type { ImportedVideos } from '../../training/data/import-videos-node.ts';
import { OptionError } from '../../util/assert.ts';
import { option, wording } from '../../util/wording.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';

function describeGenerated(result: GeneratedClips): string {
  const { output, clips, kept, dropped, frames, framesWithoutFace, millisecondsPerFrame, elapsedSeconds } = result;
  const lines = [`${output}: ${clips} clips${kept > 0 ? `, ${kept} of which existed` : ''}`];
  if (frames > 0) {
    const { build, draw, film, align } = millisecondsPerFrame;
    const found = ((100 * (frames - framesWithoutFace)) / frames).toFixed(2);
    lines.push(
      `${frames} frames rendered in ${formatSeconds(elapsedSeconds)}; the face was found in ${found} % of them`,
      `Per frame, building the speaker took ${build.toFixed(0)} ms, drawing ${draw.toFixed(0)} ms, ` +
        `filming ${film.toFixed(0)} ms, finding the face ${align.toFixed(0)} ms`,
    );
  }
  if (dropped > 0) lines.push(`${dropped} clips left out because the face was lost`);
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
  description:
    'Renders synthetic speakers, each a different person with a different voice, and finds and aligns their faces as "sync" does. ' +
    'Each clip is one safetensors file: "frames" [F, R, R, 3], "audio" at 16 kHz, and what mouth and sound really do. Existing ' +
    'files are kept, so an interrupted run can be resumed. The same options give the same files, regardless of the number of workers. ' +
    'With --videos, the clips come from your own footage and have no labels; videos that have not changed are not read again.',
  positionals: [],
  options: {
    ...generateClipsOptions,
    videos: {
      ...importVideosOptions.videos,
      required: false,
      text: 'Folder with videos of people talking, to use instead of synthetic speakers.',
    },
    seconds: {
      ...generateClipsOptions.seconds,
      text: 'Length of each clip in seconds; with --videos, the maximum length.',
    },
  },
  examples: [
    'latentsync train data -o clips/train --clips 240',
    'latentsync train data -o clips/held-out --clips 24 --held-out',
    'latentsync train data -o clips/footage --videos footage',
  ],
  async run({ videos, ...options }, { report, signal }) {
    const { onProgress } = report;
    if (videos !== undefined) {
      const { output, seconds, resolution, ...onlySynthetic } = options;
      const given = Object.keys(onlySynthetic).at(0);
      if (given !== undefined) {
        throw new OptionError(given, wording`be left out with ${option('videos')}: it is for synthetic speakers`);
      }
      const { importVideos } = await import('../../training/data/import-videos-node.ts');
      const result = await importVideos({ videos, output, seconds, resolution, signal, onProgress });
      report.event('result', result, describeImported(result));
      return;
    }
    const { generateClips } = await import('../../training/data/generate-clips-node.ts');
    const result = await generateClips({ ...options, signal, onProgress });
    report.event('result', result, describeGenerated(result));
  },
});
