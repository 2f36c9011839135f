// The options of exportModel, apart from the function, which loads much more.
import { defineOptions } from '../util/option-table.ts';
import { lipsyncOptions } from './lipsync-option-table.ts';

/** The options of `ExportModelOptions`. */
export const exportModelOptions = defineOptions({
  model: { ...lipsyncOptions.model, default: undefined, required: true },
  output: {
    type: 'path',
    group: 'Files',
    value: 'DIR|FILE',
    short: 'o',
    required: true,
    text: 'New or empty folder for the whole model, or a new file named .pt for the UNet alone.',
  },
});
