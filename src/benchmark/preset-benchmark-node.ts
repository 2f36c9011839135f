// What a window of sixteen frames takes with each preset, at the official 256-pixel size: its passes, each of which is measured.
import { shallowUNetGraph, unetGraph } from '../models/unet-3d-condition.ts';
import { int8Overflows } from '../nn/int8-overflow.ts';
import { bindWeights } from '../nn/weights.ts';
import type { Graph } from '../onnx/graph.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { openInt8Weights } from '../pipelines/int8-weights-node.ts';
import { presetNames, presetPasses, presets } from '../pipelines/presets.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Session } from '../runtime/runtime.ts';
import { throwIfAborted } from '../util/abort.ts';
import type { Figure } from '../util/figure.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { autoencoderTimes } from './autoencoder-benchmark-node.ts';
import { fastest } from './fastest.ts';
import { officialUNet, openRandomUNet, type NetworkBenchmarkOptions } from './network-benchmarks-node.ts';

/** By how much `fastest` is promised to be faster than `reference`. */
const LEAST_SPEEDUP = 20;

/** Seconds of a whole pass of the official UNet, and of a shallow one. */
interface PassTimes {
  whole: number;
  shallow: number;
}

/** Measures passes of the official UNet. Writes 5 GB of weights to a temporary folder. */
async function unetTimes(options: NetworkBenchmarkOptions): Promise<Record<LayerDType, PassTimes>> {
  const { network, size } = officialUNet;
  const { repetitions = 1, signal } = options; // after a first pass that does not count
  await using folder = await TemporaryFolder.create('latentsync-bench-');
  await using weights = await openRandomUNet(folder.path, options);
  const inputs = officialUNet.feeds();
  const times = async (dtype: LayerDType): Promise<PassTimes> => {
    await using runtime = createRuntime(options.device ? { device: options.device } : {});
    const exactInt8 = dtype === 'int8' && (await int8Overflows(runtime));
    const load = async (graph: Graph): Promise<Session> => {
      const kept = { directory: folder.path, signal };
      await using integers = dtype === 'int8' ? await openInt8Weights(graph, weights, kept) : undefined;
      return await runtime.createSession(await bindWeights(graph, integers ?? weights), { signal, exactInt8 });
    };
    await using unet = await load(unetGraph(network, { ...size, dtype, deepFeatures: true }));
    await using shallowUnet = await load(shallowUNetGraph(network, { ...size, dtype }));
    const { kept } = await unet.runKeeping(inputs, ['deep_features'], { signal });
    const shallow = await fastest(repetitions, () => shallowUnet.run({ ...inputs, ...kept }, { signal }));
    runtime.release(Object.values(kept));
    const whole = await fastest(repetitions, () => unet.run(inputs, { signal }));
    return { whole: whole / 1000, shallow: shallow / 1000 };
  };
  const float32 = await times('float32');
  const isOnCpu = (options.device ?? 'cpu') === 'cpu';
  return { float32, int8: isOnCpu ? await times('int8') : float32 };
}

/** All presets, with random weights. */
export async function benchmarkPresets(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  const autoencoders = await autoencoderTimes(options);
  throwIfAborted(options.signal);
  const unet = await unetTimes(options);
  const windows = presetNames.map((name) => {
    const { vae, dtype = 'float32' } = presets[name];
    const { whole, shallow } = presetPasses(name);
    const { window } = autoencoders[vae === 'taesd' ? 'taesd' : 'kl'];
    return { name, value: whole * unet[dtype].whole + shallow * unet[dtype].shallow + window };
  });
  const [reference] = windows;
  return [
    ...Object.entries(unet).flatMap(([dtype, { whole, shallow }]) => [
      { name: `presets.${dtype}.whole-pass`, value: whole, unit: 's' },
      { name: `presets.${dtype}.shallow-pass`, value: shallow, unit: 's' },
    ]),
    { name: 'presets.kl', value: autoencoders.kl.window, unit: 's' },
    { name: 'presets.taesd', value: autoencoders.taesd.window, unit: 's' },
    ...windows.map(({ name, value }) => ({ name: `presets.${name}.window`, value, unit: 's' })),
    ...windows.slice(1).map(({ name, value }): Figure => {
      const figure = { name: `presets.${name}-speedup`, value: reference.value / value, unit: 'times' };
      return name === 'fastest' ? { ...figure, bound: { atLeast: LEAST_SPEEDUP } } : figure;
    }),
  ];
}
