// Times of the autoencoders at the official 256-pixel size: the official one, and the tiny one in its place.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { officialAutoencoderConfig } from '../hub/official-configs.ts';
import { AutoencoderKL, decoderGraph, encoderGraph, parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { AutoencoderTiny, tinyDecoderGraph, tinyEncoderGraph } from '../models/autoencoder-tiny.ts';
import { hashed, hashedCheckpoint } from '../models/hashed-weights.ts';
import { bindWeights } from '../nn/weights.ts';
import { int8Overflows } from '../nn/int8-overflow.ts';
import type { Graph } from '../onnx/graph.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device, Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Figure } from '../util/figure.ts';
import { fastest } from './fastest.ts';

const RESOLUTION = 256;
const LATENT_SIDE = 32;
/** Images a window needs: its twelve new faces are encoded twice, masked and whole, and all sixteen decoded. */
const ENCODED = 24;
const DECODED = 16;
/** What the tiny one may take of the other's time for a window. */
const MOST_OF_OFFICIAL = 1 / 8;
/** What int8 may take of float32's time. */
const MOST_OF_FLOAT32 = 0.65;

/** How the autoencoders are benchmarked. */
export interface AutoencoderBenchmarkOptions {
  device?: Device;
  /** `int8` is measured against float32. Default: float32 alone. */
  dtype?: LayerDType;
  /** Number of runs, the fastest of which counts. Default 3. */
  repetitions?: number;
  signal?: AbortSignal;
}

/** Returns the seconds that one image takes. */
async function measured(
  runtime: Runtime,
  { graph, weights, feeds }: { graph: Graph; weights: Checkpoint; feeds: Record<string, Tensor> },
  { repetitions = 3, signal }: AutoencoderBenchmarkOptions,
): Promise<number> {
  const exactInt8 = graph.int8Weights.size > 0 && (await int8Overflows(runtime));
  await using session = await runtime.createSession(await bindWeights(graph, weights), { signal, exactInt8 });
  return (await fastest(repetitions, () => session.run(feeds, { signal }))) / 1000;
}

/** Seconds of an image that is encoded, of one that is decoded, and of a window of sixteen frames. */
interface ImageTimes {
  encode: number;
  decode: number;
  window: number;
}

/** What each autoencoder takes; the official one also in int8 where that is asked for. */
export type AutoencoderTimes = Record<'kl' | 'taesd', ImageTimes> & { int8?: ImageTimes };

/** Measures both autoencoders with random weights, an image of 256×256 pixels at a time. */
export async function autoencoderTimes(options: AutoencoderBenchmarkOptions): Promise<AutoencoderTimes> {
  await using runtime = createRuntime(options.device ? { device: options.device } : {});
  const kl = new AutoencoderKL(parseAutoencoderKLConfig(officialAutoencoderConfig));
  const tiny = new AutoencoderTiny();
  const size = { height: RESOLUTION, width: RESOLUTION };
  const latentSize = { height: LATENT_SIDE, width: LATENT_SIDE };
  const image = { image: hashed('image', [1, 3, RESOLUTION, RESOLUTION]) };
  const latents = { latents: hashed('latents', [1, 4, LATENT_SIDE, LATENT_SIDE]) };
  const klWeights = hashedCheckpoint(kl, 'bench.vae.');
  const tinyWeights = hashedCheckpoint(tiny, 'bench.taesd.');
  const times = async (weights: Checkpoint, encoder: Graph, decoder: Graph): Promise<ImageTimes> => {
    const encode = await measured(runtime, { graph: encoder, weights, feeds: image }, options);
    const decode = await measured(runtime, { graph: decoder, weights, feeds: latents }, options);
    return { encode, decode, window: ENCODED * encode + DECODED * decode };
  };
  return {
    kl: await times(klWeights, encoderGraph(kl, size), decoderGraph(kl, latentSize)),
    taesd: await times(tinyWeights, tinyEncoderGraph(tiny, size), tinyDecoderGraph(tiny, latentSize)),
    int8:
      options.dtype === 'int8'
        ? await times(
            klWeights,
            encoderGraph(kl, { ...size, dtype: 'int8' }),
            decoderGraph(kl, { ...latentSize, dtype: 'int8' }),
          )
        : undefined,
  };
}

/** Compares the two autoencoders, and on request the official one in int8 with itself. */
export async function benchmarkAutoencoders(options: AutoencoderBenchmarkOptions = {}): Promise<Figure[]> {
  const { int8, ...times } = await autoencoderTimes(options);
  const value = times.taesd.window / times.kl.window;
  return [
    ...(int8
      ? [
          { name: 'vae.int8.window', value: int8.window, unit: 's' },
          {
            name: 'vae.int8-ratio',
            value: int8.window / times.kl.window,
            unit: 'ratio',
            bound: { atMost: MOST_OF_FLOAT32 },
          },
        ]
      : []),
    ...Object.entries(times).flatMap(([name, { encode, decode, window }]) => [
      { name: `vae.${name}.encode`, value: encode, unit: 's' },
      { name: `vae.${name}.decode`, value: decode, unit: 's' },
      { name: `vae.${name}.window`, value: window, unit: 's' },
    ]),
    { name: 'vae.taesd-ratio', value, unit: 'ratio', bound: { atMost: MOST_OF_OFFICIAL } },
  ];
}
