// The options of extractFeatures, apart from the function, which loads much more.
import { runtimeOptions } from '../../runtime/runtime-options.ts';
import { defineOptions } from '../../util/option-table.ts';
import { lipsyncOptions } from '../lipsync-option-table.ts';

/** The options of `ExtractFeaturesOptions`. */
export const extractFeaturesOptions = defineOptions({
  audio: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: lipsyncOptions.audio.text,
  },
  output: { ...lipsyncOptions.output, text: 'Safetensors file to write, named .safetensors.' },
  model: { ...lipsyncOptions.model, text: 'Model whose Whisper encoder is used: tiny, 1.5, 1.6, or a folder.' },
  fps: {
    type: 'number',
    group: 'Features',
    min: 1,
    max: 120,
    text: 'Also write "chunks", what the UNet hears at each frame of a video with this many frames per second.',
  },
  reference: {
    ...lipsyncOptions.reference,
    group: 'Features',
    text: 'Cut the audio into windows of 30 s end to end, as the official code does.',
  },
  ...runtimeOptions,
});
