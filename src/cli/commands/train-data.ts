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

/** Why frames and clips are not there. */
const leftOutWords: Readonly<Record<keyof ImportedVideos['framesLeftOut'], string>> = {
  noFace: 'no face',
  severalFaces: 'several faces',
  smallFace: 'a small face',
  shortPiece: 'less than a second of it',
};
const droppedWords: Readonly<Record<keyof ImportedVideos['dropped'], string>> = {
  short: 'less than 51 frames',
  offset: 'sound more than six frames off',
  confidence: 'too little confidence that lips and sound belong together',
  quality: 'too bad a picture',
};

function counted<K extends string>(counts: Readonly<Record<K, number>>, words: Readonly<Record<K, string>>): string[] {
  return (Object.keys(words) as K[]).flatMap((key) => (counts[key] > 0 ? [`${counts[key]} ${words[key]}`] : []));
}

function describeImported(result: ImportedVideos): string {
  const { output, clips, frames, videos, unchanged, corrected, framesLeftOut, dropped, skipped } = result;
  const lines = [
    `${output}: ${clips} clips, ${frames} frames, from ${videos} videos` +
      (unchanged > 0 ? `, ${unchanged} of which had not changed` : ''),
  ];
  const frameCounts = counted(framesLeftOut, leftOutWords);
  const clipCounts = counted(dropped, droppedWords);
  if (frameCounts.length > 0) lines.push(`Frames left out: ${frameCounts.join(', ')}`);
  if (clipCounts.length > 0) lines.push(`Clips dropped: ${clipCounts.join(', ')}`);
  if (corrected > 0) lines.push(`${corrected} clips whose sound was moved`);
  for (const { reason } of skipped) lines.push(`Not used: ${reason}`);
  return lines.join('\n');
}

export const trainDataCommand = defineCommand({
  description:
    'Renders synthetic speakers, each a different person with a different voice, and finds and aligns their faces as "sync" does. ' +
    'Each clip is one safetensors file: "frames" [F, R, R, 3], "audio" at 16 kHz, and what mouth and sound really do. Existing ' +
    'files are kept, so an interrupted run can be resumed. The same options give the same files, regardless of the number of workers. ' +
    'With --videos, the clips come from your own footage and have no labels; videos that have not changed are not read again. ' +
    'The filters are those of the official data processing; what they drop goes to a folder of its own within, and clips.txt lists what is kept.',
  positionals: [],
  options: {
    ...generateClipsOptions,
    videos: {
      ...importVideosOptions.videos,
      required: false,
      text: 'Folder with videos of people talking, or a list of them, one path per line, to use instead of synthetic speakers.',
    },
    oneFace: importVideosOptions.oneFace,
    minFace: importVideosOptions.minFace,
    syncnet: importVideosOptions.syncnet,
    minConfidence: importVideosOptions.minConfidence,
    hyperiqa: importVideosOptions.hyperiqa,
    minQuality: importVideosOptions.minQuality,
    seconds: {
      ...generateClipsOptions.seconds,
      text: 'Length of each clip in seconds; with --videos, the maximum length.',
    },
  },
  examples: [
    'latentsync train data -o clips/train --clips 240',
    'latentsync train data -o clips/held-out --clips 24 --held-out',
    'latentsync train data -o clips/footage --videos footage',
    'latentsync train data -o clips/footage --videos footage --one-face --min-face 256 --syncnet syncnet_v2.model --hyperiqa koniq_pretrained.pkl',
  ],
  async run({ videos, ...options }, { report, signal }) {
    const { onProgress } = report;
    if (videos !== undefined) {
      const given = Object.keys(options).find((name) => !Object.hasOwn(importVideosOptions, name));
      if (given !== undefined) {
        throw new OptionError(given, wording`be left out with ${option('videos')}: it is for synthetic speakers`);
      }
      const { importVideos } = await import('../../training/data/import-videos-node.ts');
      const result = await importVideos({ ...options, videos, signal, onProgress });
      report.event('result', result, describeImported(result));
      return;
    }
    const filter = Object.keys(options).find((name) => !Object.hasOwn(generateClipsOptions, name));
    if (filter !== undefined) throw new OptionError(filter, wording`be given with ${option('videos')}`);
    const { generateClips } = await import('../../training/data/generate-clips-node.ts');
    const result = await generateClips({ ...options, signal, onProgress });
    report.event('result', result, describeGenerated(result));
  },
});
