// Rates of the networks at their official sizes, compared with that of a plain matrix product in the same place.
import { join } from 'node:path';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { hashed, hashedCheckpoint } from '../models/hashed-weights.ts';
import { UNet3DConditionModel, unetGraph } from '../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { WhisperEncoder, whisperEncoderGraph } from '../models/whisper-encoder.ts';
import { bindWeights } from '../nn/weights.ts';
import { countFlops } from '../onnx/flop-count.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel, type WeightLocation } from '../onnx/model-proto.ts';
import { officialConfig } from '../hub/official-configs.ts';
import { checkDisk, checkMemory } from '../hub/resources-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device, KeptTensor, Runtime, Session } from '../runtime/runtime.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Figure } from '../util/figure.ts';
import type { OnProgress } from '../util/progress.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { option, wording } from '../util/wording.ts';
import { fastest } from './fastest.ts';

const PRODUCT_SIZE = 2048;
const PRODUCT_RUNS = 5;
const FRAMES = 16;
const LATENT_SIDE = 32;
const TOKENS = 50;

/** Peak memory of the UNet's benchmark: 6.2 GB measured, weights included. */
const UNET_MEMORY_BYTES = 6.5e9;

/** How the networks are benchmarked. */
export interface NetworkBenchmarkOptions {
  device?: Device;
  /** Number of passes, the fastest of which counts. Default 3. */
  repetitions?: number;
  signal?: AbortSignal;
  /** Stage `write`: weights for the UNet, in bytes. */
  onProgress?: OnProgress;
}

/** A plain 2048³ float32 product. Its operand and its results stay with the runtime, so that no transfer is timed. */
class PlainProduct implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #session: Session;
  readonly #operand: KeptTensor;

  private constructor(runtime: Runtime, session: Session, operand: KeptTensor) {
    this.#runtime = runtime;
    this.#session = session;
    this.#operand = operand;
  }

  static async open(runtime: Runtime): Promise<PlainProduct> {
    const size = [PRODUCT_SIZE, PRODUCT_SIZE];
    const locate = (key: string): WeightLocation => ({ dtype: 'float32', data: hashed(key, size).bytes });
    const operands = new Graph();
    operands.output('operand', operands.transpose(operands.parameter('a', size), [1, 0]));
    const products = new Graph();
    products.output('product', products.matmul(products.input('operand', size), products.parameter('b', size)));
    await using source = await runtime.createSession(writeModel(operands, locate));
    const { kept } = await source.runKeeping({}, ['operand']);
    return new PlainProduct(runtime, await runtime.createSession(writeModel(products, locate)), kept.operand);
  }

  /** Returns its GFLOP/s, the fastest of several. */
  async rate(): Promise<number> {
    const results: KeptTensor[] = [];
    const milliseconds = await fastest(PRODUCT_RUNS, async () => {
      const { kept } = await this.#session.runKeeping({ operand: this.#operand }, ['product']);
      results.push(kept.product);
    });
    this.#runtime.release(results);
    return (2 * PRODUCT_SIZE ** 3) / milliseconds / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runtime.release([this.#operand]);
    await this.#session[Symbol.asyncDispose]();
  }
}

/** Measures a network's passes between plain products, and their rates against each other. */
async function rates(
  name: string,
  atLeast: number,
  options: NetworkBenchmarkOptions,
  work: { graph: Graph; weights: Checkpoint; feeds: Record<string, Tensor>; flops: number },
): Promise<Figure[]> {
  await using runtime = createRuntime(options.device ? { device: options.device } : {});
  await using product = await PlainProduct.open(runtime);
  await using session = await runtime.createSession(await bindWeights(work.graph, work.weights), options);
  let product2048 = await product.rate();
  let milliseconds = Infinity;
  for (let repetition = 0; repetition < (options.repetitions ?? 3); repetition++) {
    milliseconds = Math.min(milliseconds, await fastest(1, () => session.run(work.feeds, options)));
    product2048 = Math.max(product2048, await product.rate());
  }
  const rate = work.flops / milliseconds / 1e6;
  return [
    { name: `${name}.pass`, value: milliseconds / 1000, unit: 's' },
    { name: `${name}.rate`, value: rate, unit: 'GFLOP/s' },
    { name: `${name}.product-rate`, value: product2048, unit: 'GFLOP/s' },
    { name: `${name}.rate-ratio`, value: rate / product2048, unit: 'ratio', bound: { atLeast } },
  ];
}

/** The UNet at its official 256-pixel size: what its graphs are built with, and what a pass takes. */
export const officialUNet = {
  network: new UNet3DConditionModel(parseUNet3DConfig(officialConfig(256).model)),
  size: { batch: 1, height: LATENT_SIDE, width: LATENT_SIDE, tokens: TOKENS },
  frames: FRAMES,
  feeds(): Record<string, Tensor> {
    const { inChannels, crossAttentionDim } = this.network.config;
    return {
      sample: hashed('sample', [1, inChannels, FRAMES, LATENT_SIDE, LATENT_SIDE]),
      timestep: Tensor.float32([1, 1], Float32Array.of(500)),
      encoder_hidden_states: hashed('audio', [FRAMES, TOKENS, crossAttentionDim]),
    };
  },
};

/** Writes 5 GB of random weights for the official UNet into a folder and opens them, if there are the memory and the disk to work with them. */
export async function openRandomUNet(folder: string, options: NetworkBenchmarkOptions): Promise<Checkpoint> {
  await checkMemory(UNET_MEMORY_BYTES, 'The benchmark of the official UNet', {
    remedy: wording`Leave it out with ${option('only')}.`,
  });
  const path = join(folder, 'unet.safetensors');
  const random = hashedCheckpoint(officialUNet.network, 'bench.unet.');
  let bytes = 0;
  for (const { shape } of random.tensors.values()) bytes += 4 * shape.reduce((a, b) => a * b, 1);
  await checkDisk(bytes, folder, 'The benchmark of the official UNet');
  await writeSafetensorsFile(path, random, options);
  return openCheckpointFile(path);
}

/** The official UNet, float32, 16 frames of 32×32 latents, one pass without guidance. Writes 5 GB of weights to a temporary folder. */
export async function benchmarkUNet(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  const graph = unetGraph(officialUNet.network, officialUNet.size);
  await using folder = await TemporaryFolder.create('latentsync-bench-');
  await using weights = await openRandomUNet(folder.path, options);
  return await rates('unet', 0.8, options, {
    graph,
    weights,
    feeds: officialUNet.feeds(),
    flops: countFlops(graph, { frames: FRAMES }).total,
  });
}

/** The encoder of Whisper tiny on one window of 30 seconds. */
export async function benchmarkWhisper(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  const network = new WhisperEncoder({ nMels: 80, nAudioCtx: 1500, nAudioState: 384, nAudioHead: 6, nAudioLayer: 4 });
  const graph = whisperEncoderGraph(network);
  return rates('whisper', 0.5, options, {
    graph,
    weights: hashedCheckpoint(network, 'bench.whisper.'),
    feeds: { mel: hashed('mel', [1, 80, 3000]) },
    flops: countFlops(graph).total,
  });
}
