// The options of findFaces, apart from the function, which loads much more.
import { streamOptions } from '../../media/stream-options.ts';
import { runtimeOptions } from '../../runtime/runtime-options.ts';
import { defineOptions } from '../../util/option-table.ts';
import { lipsyncOptions } from '../lipsync-option-table.ts';

/** The options of `FindFacesOptions`. */
export const findFacesOptions = defineOptions({
  output: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    short: 'o',
    essential: true,
    text: 'PNG file for the contact sheet, named .png.',
  },
  overlay: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    essential: true,
    text:
      'Video to write, MP4, MOV, MKV or WebM: the whole video with the box, the points and the number of every face drawn in, ' +
      'where a mouth would be drawn, and why not elsewhere.',
  },
  points: lipsyncOptions.points,
  pointsTemplate: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    text:
      'Points file to write and to edit, .csv or .json: where the face that would be changed was found, or three points in the middle ' +
      'of the picture.',
  },
  face: {
    ...lipsyncOptions.face,
    essential: false,
    text: `For the video with everything drawn in, and for the points file to edit: who would be changed, as in a job.`,
  },
  videoStream: streamOptions.videoStream,
  deinterlace: streamOptions.deinterlace,
  insightface: { ...lipsyncOptions.insightface, group: 'Machine' },
  ...runtimeOptions,
  cache: { ...lipsyncOptions.cache, text: 'Keep what was found on disk, for jobs with the same video.' },
});
