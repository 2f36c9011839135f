// The options of runBenchmarks, apart from the function, which loads much more.
import { layerDTypes } from '../onnx/layer-dtype.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { defineOptions } from '../util/option-table.ts';

/** The names of the benchmarks, in the order in which they are run. */
export const benchmarkNames = ['startup', 'vision', 'whisper', 'sync', 'vae', 'unet', 'presets'] as const;

/** The options of `BenchmarkOptions`. */
export const benchmarkOptions = defineOptions({
  only: {
    type: 'choice',
    group: 'Benchmarks',
    list: true,
    choices: benchmarkNames,
    defaultText: 'all',
    text: 'Which benchmarks to run. unet and presets need 6.5 GB of memory and 5 GB of disk.',
  },
  device: runtimeOptions.device,
  dtype: {
    type: 'choice',
    group: 'Benchmarks',
    choices: layerDTypes,
    default: 'float32',
    text: 'With int8, the networks of unet and vae are also measured in 8-bit integers, against float32.',
  },
});
