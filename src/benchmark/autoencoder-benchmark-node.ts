// Times of the autoencoders at the official 256-pixel size: the official one, and the tiny one in its place.
import { officialAutoencoderConfig } from '../hub/official-configs.ts';
import { AutoencoderKL, decoderGraph, encoderGraph, parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { AutoencoderTiny, tinyDecoderGraph, tinyEncoderGraph } from '../models/autoencoder-tiny.ts';
import { hashed, hashedCheckpoint } from '../models/hashed-weights.ts';
import { bindWeights } from '../nn/weights.ts';
import type { Graph } from '../onnx/graph.ts';
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

/** How the autoencoders are benchmarked. */
export interface AutoencoderBenchmarkOptions {
  device?: Device;
  /** Number of runs, the fastest of which counts. Default 3. */
  repetitions?: number;
  signal?: AbortSignal;
}

/** Returns the seconds that one image takes. */
async function measured(
  runtime: Runtime,
  {
    graph,
    weights,
    feeds,
  }: { graph: Graph; weights: ReturnType<typeof hashedCheckpoint>; feeds: Record<string, Tensor> },
  { repetitions = 3, signal }: AutoencoderBenchmarkOptions,
): Promise<number> {
  await using session = await runtime.createSession(await bindWeights(graph, weights), { signal });
  return (await fastest(repetitions, () => session.run(feeds, { signal }))) / 1000;
}

/** Both autoencoders with random weights, an image of 256×256 pixels at a time, and what a window of sixteen frames takes. */
export async function benchmarkAutoencoders(options: AutoencoderBenchmarkOptions = {}): Promise<Figure[]> {
  await using runtime = createRuntime(options.device ? { device: options.device } : {});
  const kl = new AutoencoderKL(parseAutoencoderKLConfig(officialAutoencoderConfig));
  const tiny = new AutoencoderTiny();
  const size = { height: RESOLUTION, width: RESOLUTION };
  const latentSize = { height: LATENT_SIDE, width: LATENT_SIDE };
  const image = { image: hashed('image', [1, 3, RESOLUTION, RESOLUTION]) };
  const latents = { latents: hashed('latents', [1, 4, LATENT_SIDE, LATENT_SIDE]) };
  const klWeights = hashedCheckpoint(kl, 'bench.vae.');
  const tinyWeights = hashedCheckpoint(tiny, 'bench.taesd.');
  const works = {
    'vae.kl.encode': { graph: encoderGraph(kl, size), weights: klWeights, feeds: image },
    'vae.taesd.encode': { graph: tinyEncoderGraph(tiny, size), weights: tinyWeights, feeds: image },
    'vae.kl.decode': { graph: decoderGraph(kl, latentSize), weights: klWeights, feeds: latents },
    'vae.taesd.decode': { graph: tinyDecoderGraph(tiny, latentSize), weights: tinyWeights, feeds: latents },
  };
  const seconds = new Map<string, number>();
  for (const [name, work] of Object.entries(works)) seconds.set(name, await measured(runtime, work, options));
  const window = (name: 'kl' | 'taesd'): number =>
    ENCODED * seconds.get(`vae.${name}.encode`)! + DECODED * seconds.get(`vae.${name}.decode`)!;
  const [official, other] = [window('kl'), window('taesd')];
  return [
    ...Array.from(seconds, ([name, value]) => ({ name, value, unit: 's' })),
    { name: 'vae.kl.window', value: official, unit: 's' },
    { name: 'vae.taesd.window', value: other, unit: 's' },
    { name: 'vae.taesd-ratio', value: other / official, unit: 'ratio', bound: { atMost: MOST_OF_OFFICIAL } },
  ];
}
