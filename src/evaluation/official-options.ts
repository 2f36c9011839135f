// The options of scorePictures and frechetVideoDistance, apart from the functions, which load much more.
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { defineOptions } from '../util/option-table.ts';

const model = {
  type: 'path',
  group: 'Files',
  value: 'MODEL',
  names: ['1.5', '1.6'],
  defaultText: 'whichever is downloaded',
  text: 'Model whose part "evaluation" has the weights: 1.5, 1.6, or a folder laid out as theirs.',
} as const;

/** The options of `ScorePicturesOptions`. */
export const scorePicturesOptions = defineOptions({
  hyperiqa: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    essential: true,
    defaultText: "the model's",
    text: 'Weights of HyperIQA, koniq_pretrained.pkl.',
  },
  model,
  ...runtimeOptions,
});

/** The options of `FrechetVideoOptions`. */
export const frechetVideoOptions = defineOptions({
  i3d: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    essential: true,
    defaultText: "the model's",
    text: 'Weights of I3D, i3d_torchscript.pt. The program in it does not run.',
  },
  model,
  reference: {
    type: 'flag',
    group: 'Frames',
    essential: true,
    text:
      'Does as the official code does: shows I3D values of 0 to 1, where it was trained on −1 to 1, and counts frames by their numbers in the ' +
      'file, where 25 per second are taken otherwise.',
  },
  ...runtimeOptions,
});
