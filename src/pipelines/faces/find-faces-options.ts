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
  videoStream: streamOptions.videoStream,
  deinterlace: streamOptions.deinterlace,
  insightface: { ...lipsyncOptions.insightface, group: 'Machine' },
  ...runtimeOptions,
  cache: { ...lipsyncOptions.cache, text: 'Keep what was found on disk, for jobs with the same video.' },
});
