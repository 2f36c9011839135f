// The options of judgeVideo, apart from the function, which loads much more.
import { streamOptions } from '../media/stream-options.ts';
import { lipsyncOptions } from '../pipelines/lipsync-option-table.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { defineOptions } from '../util/option-table.ts';

/** The options of `JudgeOptions`. */
export const judgeOptions = defineOptions({
  audio: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    essential: true,
    defaultText: "the video's own sound",
    text: 'Sound to judge the lips by, which begins with the picture.',
  },
  source: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    essential: true,
    text:
      'The video that this one was made from, of the same size: what has changed is measured as well. Pictures at the same times are ' +
      'compared.',
  },
  syncnet: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    essential: true,
    text: 'Weights of SyncNet v2, syncnet_v2.model: its confidence and offset are given as well.',
  },
  start: { ...lipsyncOptions.start, text: 'Judge the video from this time on: seconds, or [hh:]mm:ss[.mmm].' },
  end: { ...lipsyncOptions.end, text: 'Judge the video up to this time.' },
  videoStream: streamOptions.videoStream,
  audioStream: streamOptions.audioStream,
  deinterlace: streamOptions.deinterlace,
  insightface: { ...lipsyncOptions.insightface, group: 'Machine' },
  ...runtimeOptions,
  cache: { ...lipsyncOptions.cache, text: 'Keep tracked faces on disk, and take those that jobs have kept.' },
});
