// The options of trainings: of the loop, of a recipe, and of a plan.
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { generateClipsOptions } from './data/clip-options.ts';
import { defineOptions } from '../util/option-table.ts';

const output = {
  type: 'path',
  group: 'Files',
  value: 'DIR',
  short: 'o',
  required: true,
} as const;

const minutes = {
  type: 'number',
  group: 'Machine',
  min: 0,
  // Three weeks: what a timer can wait for.
  max: 30_000,
} as const;

const threads = {
  ...runtimeOptions.threads,
  // With gradient accumulation, batches share the threads out among themselves, so that their number must be known.
  defaultText: 'all physical cores, or all logical cores with gradient accumulation',
} as const;

/** Options of the training loop. */
export const trainOptions = defineOptions({
  output: { ...output, text: 'Folder for the run.' },
  minutes: { ...minutes, text: 'Stop after this many minutes of training. It can be resumed later.' },
  threads,
});

/** Options of a recipe, and of the loop that carries it out. */
export const recipeOptions = defineOptions({
  recipe: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: 'Recipe: a configuration file such as those in models/tiny/training.',
  },
  data: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    text: 'Folder of the training clips, or a list of them, one path per line.',
  },
  ...trainOptions,
});

/** Options of a plan. */
export const planOptions = defineOptions({
  plan: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: 'The plan, such as models/tiny/training/plan.yaml.',
  },
  output: { ...output, text: 'Folder for everything that is made.' },
  minutes: { ...minutes, text: 'Stop after this many minutes. The work can be resumed later.' },
  workers: generateClipsOptions.workers,
  threads,
});

/** Options of the validation of a UNet while it is trained. */
export const validationOptions = defineOptions({
  validate: {
    type: 'integer',
    group: 'Validation',
    value: 'STEPS',
    min: 1,
    max: 1_000_000,
    text:
      'Every so many steps, and at the end, draw a video with the weights so far and judge it: videos, figures and a chart of them are in the folder ' +
      '"validation" of the run. Training waits for it.',
  },
  validateVideo: {
    type: 'path',
    group: 'Validation',
    value: 'FILE',
    defaultText: 'the sample clip',
    text: 'Video to draw.',
  },
  validateAudio: {
    type: 'path',
    group: 'Validation',
    value: 'FILE',
    defaultText: 'the sample speech',
    text: 'Speech to draw it with.',
  },
});
