// What a window of sixteen frames takes with each preset, at the official 256-pixel size: its passes, each of which is measured.
import { shallowUNetGraph, unetGraph } from '../models/unet-3d-condition.ts';
import { bindWeights } from '../nn/weights.ts';
import { passCounts } from '../pipelines/denoising-path.ts';
import { presetNames, presets } from '../pipelines/presets.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { throwIfAborted } from '../util/abort.ts';
import type { Figure } from '../util/figure.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { autoencoderTimes } from './autoencoder-benchmark-node.ts';
import { fastest } from './fastest.ts';
import { officialUNet, openRandomUNet, type NetworkBenchmarkOptions } from './network-benchmarks-node.ts';

/** By how much `fastest` is promised to be faster than `reference`. */
const LEAST_SPEEDUP = 20;

/** Returns the seconds of a whole pass of the official UNet and of a shallow one. Writes 5 GB of weights to a temporary folder. */
async function unetTimes(options: NetworkBenchmarkOptions): Promise<{ whole: number; shallow: number }> {
  const { network, size, feeds } = officialUNet;
  const { repetitions = 2, signal } = options;
  await using folder = await TemporaryFolder.create('latentsync-bench-');
  await using weights = await openRandomUNet(folder.path, options);
  await using runtime = createRuntime(options.device ? { device: options.device } : {});
  const load = async (graph: ReturnType<typeof unetGraph>): ReturnType<typeof runtime.createSession> =>
    runtime.createSession(await bindWeights(graph, weights), { signal });
  await using unet = await load(unetGraph(network, { ...size, deepFeatures: true }));
  await using shallowUnet = await load(shallowUNetGraph(network, size));
  const inputs = feeds.call(officialUNet);
  const { kept } = await unet.runKeeping(inputs, ['deep_features'], { signal });
  const shallow = await fastest(repetitions, () => shallowUnet.run({ ...inputs, ...kept }, { signal }));
  runtime.release(Object.values(kept));
  const whole = await fastest(repetitions, () => unet.run(inputs, { signal }));
  return { whole: whole / 1000, shallow: shallow / 1000 };
}

/** All presets, with random weights and in float32. */
export async function benchmarkPresets(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  const autoencoders = await autoencoderTimes(options);
  throwIfAborted(options.signal);
  const unet = await unetTimes(options);
  const windows = presetNames.map((name) => {
    const { steps = NaN, guidanceScale = NaN, vae, ...more } = presets[name];
    const { whole, shallow } = passCounts({ numInferenceSteps: steps, guidanceScale, ...more });
    const { window } = autoencoders[vae === 'taesd' ? 'taesd' : 'kl'];
    return { name, value: whole * unet.whole + shallow * unet.shallow + window };
  });
  const [reference] = windows;
  return [
    { name: 'presets.whole-pass', value: unet.whole, unit: 's' },
    { name: 'presets.shallow-pass', value: unet.shallow, unit: 's' },
    { name: 'presets.kl', value: autoencoders.kl.window, unit: 's' },
    { name: 'presets.taesd', value: autoencoders.taesd.window, unit: 's' },
    ...windows.map(({ name, value }) => ({ name: `presets.${name}.window`, value, unit: 's' })),
    ...windows.slice(1).map(({ name, value }): Figure => {
      const figure = { name: `presets.${name}-speedup`, value: reference.value / value, unit: 'times' };
      return name === 'fastest' ? { ...figure, bound: { atLeast: LEAST_SPEEDUP } } : figure;
    }),
  ];
}
