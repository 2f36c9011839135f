// Rates of the networks at their official sizes, compared with that of a plain matrix product in the same place.
import { join } from 'node:path';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { hashed, hashedCheckpoint } from '../models/hashed-weights.ts';
import { UNet3DConditionModel, unetGraph } from '../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { WhisperEncoder, whisperEncoderGraph } from '../models/whisper-encoder.ts';
import { int8Overflows } from '../nn/int8-overflow.ts';
import { bindWeights } from '../nn/weights.ts';
import { countFlops } from '../onnx/flop-count.ts';
import { Graph } from '../onnx/graph.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { writeModel, type WeightLocation } from '../onnx/model-proto.ts';
import { officialConfig } from '../hub/official-configs.ts';
import { checkDisk, checkMemory } from '../hub/resources-node.ts';
import { openInt8Weights } from '../pipelines/int8-weights-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device, KeptTensor, Runtime, Session } from '../runtime/runtime.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import type { Figure } from '../util/figure.ts';
import type { OnProgress } from '../util/progress.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { option, wording } from '../util/wording.ts';
import { fastest } from './fastest.ts';
import { processTreeBytes } from './process-memory-node.ts';

const PRODUCT_SIZE = 2048;
const PRODUCT_RUNS = 5;
const FRAMES = 16;
const LATENT_SIDE = 32;
const TOKENS = 50;
/** Of the inputs, which are those of the golden file of the whole UNet, as are the weights. */
const INPUT_SCALE = 1.7;

/** Peak memory of the UNet's benchmark: 6.2 GB measured, weights included. */
const UNET_MEMORY_BYTES = 6.5e9;

/** What int8 is promised to take of float32's time and of memory, and how near it comes. */
const MOST_OF_FLOAT32 = 0.4;
const MOST_INT8_MEGABYTES = 3500;
const MOST_ERROR = 0.03;

/** How the networks are benchmarked. */
export interface NetworkBenchmarkOptions {
  device?: Device;
  /** `int8` is measured against float32. Default: float32 alone. */
  dtype?: LayerDType;
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

/** A network at work, and what a pass takes. */
interface Work {
  graph: Graph;
  weights: Checkpoint;
  feeds: Record<string, Tensor>;
  flops: number;
}

/** What passes of a network took. */
interface Passes {
  /** The fastest. */
  milliseconds: number;
  /** Of a plain product between the passes, in GFLOP/s. */
  productRate: number;
  /** Memory of the processes with the network; undefined where the system does not report it. */
  bytes: number | undefined;
  outputs: Record<string, Tensor>;
}

/** Measures a network's passes between plain products. */
async function passes(
  { graph, weights, feeds }: Omit<Work, 'flops'>,
  { device, repetitions = 3, signal }: NetworkBenchmarkOptions,
): Promise<Passes> {
  await using runtime = createRuntime(device ? { device } : {});
  await using product = await PlainProduct.open(runtime);
  const exactInt8 = graph.int8Weights.size > 0 && (await int8Overflows(runtime));
  await using session = await runtime.createSession(await bindWeights(graph, weights), { signal, exactInt8 });
  let productRate = await product.rate();
  let milliseconds = Infinity;
  let outputs: Record<string, Tensor> = {};
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const run = async (): Promise<void> => {
      outputs = await session.run(feeds, { signal });
    };
    milliseconds = Math.min(milliseconds, await fastest(1, run));
    productRate = Math.max(productRate, await product.rate());
  }
  return { milliseconds, productRate, bytes: processTreeBytes(process.pid), outputs };
}

/** A network's passes, and their rate against that of a plain product. */
function rates(
  name: string,
  atLeast: number,
  { milliseconds, productRate }: Passes,
  { flops }: Pick<Work, 'flops'>,
): Figure[] {
  const rate = flops / milliseconds / 1e6;
  return [
    { name: `${name}.pass`, value: milliseconds / 1000, unit: 's' },
    { name: `${name}.rate`, value: rate, unit: 'GFLOP/s' },
    { name: `${name}.product-rate`, value: productRate, unit: 'GFLOP/s' },
    { name: `${name}.rate-ratio`, value: rate / productRate, unit: 'ratio', bound: { atLeast } },
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
      sample: hashed('full.unet.in.sample', [1, inChannels, FRAMES, LATENT_SIDE, LATENT_SIDE], INPUT_SCALE),
      timestep: Tensor.float32([1, 1], Float32Array.of(500)),
      encoder_hidden_states: hashed('full.unet.in.audio', [FRAMES, TOKENS, crossAttentionDim], INPUT_SCALE),
    };
  },
};

/** Writes 5 GB of random weights for the official UNet into a folder and opens them, if there are the memory and the disk to work with them. */
export async function openRandomUNet(folder: string, options: NetworkBenchmarkOptions): Promise<Checkpoint> {
  await checkMemory(UNET_MEMORY_BYTES, 'The benchmark of the official UNet', {
    remedy: wording`Leave it out with ${option('only')}.`,
  });
  const path = join(folder, 'unet.safetensors');
  const random = hashedCheckpoint(officialUNet.network, 'full.unet.');
  let bytes = 0;
  for (const { shape } of random.tensors.values()) bytes += 4 * shape.reduce((a, b) => a * b, 1);
  await checkDisk(bytes, folder, 'The benchmark of the official UNet');
  await writeSafetensorsFile(path, random, options);
  return openCheckpointFile(path);
}

/**
 * The official UNet, 16 frames of 32×32 latents, one pass without guidance: in float32, and on request in int8 against it. Writes 5 GB
 * of weights to a temporary folder, and 1.8 GB for int8.
 */
export async function benchmarkUNet(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  await using folder = await TemporaryFolder.create('latentsync-bench-');
  await using weights = await openRandomUNet(folder.path, options);
  const { network, size } = officialUNet;
  const graph = unetGraph(network, size);
  const work = { graph, weights, feeds: officialUNet.feeds(), flops: countFlops(graph, { frames: FRAMES }).total };
  const float32 = await passes(work, options);
  const figures = rates('unet', 0.8, float32, work);
  if (options.dtype !== 'int8') return figures;
  const int8Graph = unetGraph(network, { ...size, dtype: 'int8' });
  await using integers = await openInt8Weights(int8Graph, weights, { directory: folder.path, ...options });
  const int8 = await passes({ ...work, graph: int8Graph, weights: integers }, options);
  return [
    ...figures,
    { name: 'unet.memory', value: megabytes(float32.bytes), unit: 'MB' },
    { name: 'unet.int8.pass', value: int8.milliseconds / 1000, unit: 's' },
    {
      name: 'unet.int8.pass-ratio',
      value: int8.milliseconds / float32.milliseconds,
      unit: 'ratio',
      bound: { atMost: MOST_OF_FLOAT32 },
    },
    { name: 'unet.int8.memory', value: megabytes(int8.bytes), unit: 'MB', bound: { atMost: MOST_INT8_MEGABYTES } },
    {
      name: 'unet.int8.error',
      value: relativeError(toFloat32(int8.outputs.noise_pred).data, toFloat32(float32.outputs.noise_pred).data),
      unit: 'ratio',
      bound: { atMost: MOST_ERROR },
    },
  ];
}

function megabytes(bytes: number | undefined): number {
  return bytes === undefined ? NaN : bytes / 1e6;
}

/** The encoder of Whisper tiny on one window of 30 seconds. */
export async function benchmarkWhisper(options: NetworkBenchmarkOptions = {}): Promise<Figure[]> {
  const network = new WhisperEncoder({ nMels: 80, nAudioCtx: 1500, nAudioState: 384, nAudioHead: 6, nAudioLayer: 4 });
  const graph = whisperEncoderGraph(network);
  const weights = hashedCheckpoint(network, 'bench.whisper.');
  const measured = await passes({ graph, weights, feeds: { mel: hashed('mel', [1, 80, 3000]) } }, options);
  return rates('whisper', 0.5, measured, { flops: countFlops(graph).total });
}
