// All benchmarks by name, in the order in which they are run.
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Device } from '../runtime/runtime.ts';
import type { Figure } from '../util/figure.ts';
import { checkOptions } from '../util/option-table.ts';
import type { OnProgress } from '../util/progress.ts';
import { benchmarkAutoencoders } from './autoencoder-benchmark-node.ts';
import { benchmarkNames, benchmarkOptions } from './benchmark-options.ts';
import { benchmarkUNet, benchmarkWhisper } from './network-benchmarks-node.ts';
import { benchmarkPresets } from './preset-benchmark-node.ts';
import { benchmarkStartup } from './startup-benchmark-node.ts';
import { benchmarkSync } from './sync-benchmark-node.ts';
import { benchmarkVision } from './vision-benchmarks.ts';

/** How benchmarks are run. */
export interface BenchmarkOptions {
  /** Which to run: `startup`, `vision`, `whisper`, `sync`, `vae`, `unet`, `presets`. Default: all. `unet` and `presets` need 6.5 GB of memory and 5 GB of disk. */
  only?: readonly (typeof benchmarkNames)[number][];
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** With `int8`, `unet` and `vae` are also measured in 8-bit integers, against float32. Default `float32`. */
  dtype?: LayerDType;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

const benchmarks: Readonly<Record<(typeof benchmarkNames)[number], (options: BenchmarkOptions) => Promise<Figure[]>>> =
  {
    startup: benchmarkStartup,
    vision: () => benchmarkVision(),
    whisper: benchmarkWhisper,
    sync: benchmarkSync,
    vae: benchmarkAutoencoders,
    unet: benchmarkUNet,
    presets: benchmarkPresets,
  };

/**
 * Runs benchmarks one after another and yields each figure as soon as it is known.
 *
 * @throws RangeError for an unknown name.
 */
export async function* runBenchmarks(options: BenchmarkOptions = {}): AsyncGenerator<Figure> {
  checkOptions(benchmarkOptions, options);
  for (const name of options.only ?? benchmarkNames) yield* await benchmarks[name](options);
}
