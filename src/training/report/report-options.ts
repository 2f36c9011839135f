// The options of reportModel, apart from the function, which loads much more.
import { lipsyncOptions } from '../../pipelines/lipsync-option-table.ts';
import { runtimeOptions } from '../../runtime/runtime-options.ts';
import { defineOptions } from '../../util/option-table.ts';

/** The options of `ReportOptions`. */
export const reportOptions = defineOptions({
  data: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    required: true,
    text: 'Folder of held-out clips.',
  },
  output: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    short: 'o',
    essential: true,
    text: 'Folder to write report.json and contact-sheet.png to.',
  },
  model: lipsyncOptions.model,
  clips: {
    type: 'integer',
    group: 'Measurements',
    min: 2,
    max: 1000,
    default: 20,
    essential: true,
    text: 'Number of clips to use, from the first one on.',
  },
  steps: {
    type: 'integer',
    group: 'Measurements',
    list: true,
    min: 1,
    max: 999,
    defaultText: "the model's, and 50",
    essential: true,
    text:
      'Denoising steps. All figures are measured with the first number. Each further number is run on five clips, to show how ' +
      'much quality the first one loses in comparison.',
  },
  speech: {
    type: 'path',
    group: 'Measurements',
    value: 'FILES',
    list: true,
    text: 'Recordings of natural speech. The first 10 seconds of each drive a face.',
  },
  recordedVoices: {
    type: 'flag',
    group: 'Measurements',
    default: true,
    text: 'Also drive each clip with a voice made from recordings of a person, where flite and festival are installed with it.',
  },
  syncnet: {
    type: 'path',
    group: 'Measurements',
    value: 'FILE',
    text: 'Weights of a StableSyncNet, to judge whether lips and sound belong together.',
  },
  syncnetRecipe: {
    type: 'path',
    group: 'Measurements',
    value: 'FILE',
    text: 'Recipe that the StableSyncNet was trained with.',
  },
  ...runtimeOptions,
});
