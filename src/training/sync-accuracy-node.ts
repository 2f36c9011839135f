// measureSyncAccuracy: how often a StableSyncNet tells true pairs of lips and sound from shifted ones, as the official evaluation counts.
import { dirname, resolve } from 'node:path';
import { syncnetMelSpectrogram } from '../audio/syncnet-mel.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, encoderGraph } from '../models/autoencoder-kl.ts';
import { parseStableSyncNetConfig, type StableSyncNetConfig } from '../models/stable-syncnet-config.ts';
import { StableSyncNet, stableSyncNetGraph } from '../models/stable-syncnet.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import { parseLipsyncModelDefaults } from '../pipelines/lipsync-model-defaults.ts';
import { openLipsyncModel } from '../pipelines/lipsync-model-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device, Runtime, Session } from '../runtime/runtime.ts';
import { SeededRandom } from '../synthetic/random.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { wording } from '../util/wording.ts';
import { ClipSet } from './data/clip-set-node.ts';
import { facePlanes } from './data/face-planes.ts';
import { melWindow, syncMelFrames } from './data/sync-windows.ts';
import { fromInt16, type TrainingClip } from './data/training-clip.ts';
import { readText } from './run-recipe-node.ts';
import { syncAccuracyOptions } from './sync-accuracy-options.ts';
import { fittingSyncNet } from './syncnet-fit.ts';
import { TrainingConfig } from './training-config.ts';

/** Lips and sound count as a true pair above this cosine. */
const THRESHOLD = 0.5;

/** Options of {@link measureSyncAccuracy}. */
export interface SyncAccuracyOptions {
  /** Folder of clips. */
  data: string;
  /** Weights of the StableSyncNet. */
  syncnet: string;
  /** Its configuration file: an official one, or the recipe that it was trained by. */
  recipe: string;
  /** Model whose autoencoder makes the latents for a network in latent space. Default `tiny`. */
  model?: string;
  /** Pairs of lips and sound, 2 to 100000: half of them true, half shifted. Default 500. */
  pairs?: number;
  /** Seed by which they are drawn, 0 or more. Default 1247. */
  seed?: number;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Stage `judge`, in pairs. */
  onProgress?: OnProgress;
}

/** How many pairs of a kind there were, and how many were told right. */
export interface PairCount {
  readonly pairs: number;
  readonly right: number;
}

/** What was measured. */
export interface SyncAccuracy {
  /** Share of all pairs that were told right, 0 to 1. */
  readonly accuracy: number;
  /** Lips with their own sound, told to belong together. */
  readonly matching: PairCount;
  /** Lips with sound from another place of the clip, told not to. */
  readonly shifted: PairCount;
  /** Clips that pairs were drawn from. */
  readonly clips: number;
}

/** What a StableSyncNet is, and what it is shown. */
interface SyncNetSetup {
  readonly config: StableSyncNetConfig;
  readonly numFrames: number;
  readonly resolution: number;
  readonly latentSpace: boolean;
  readonly lowerHalf: boolean;
}

/** Reads a configuration: the fields of the official files, and where there is no resolution, that of the model it names. */
async function readSetup(path: string): Promise<SyncNetSetup> {
  const file = TrainingConfig.parse(await readText(path), path);
  const data = file.section('data');
  const latentSpace = data.flag('latent_space', false);
  const setup = {
    config: parseStableSyncNetConfig(file.section('model').all()),
    numFrames: data.integer('num_frames', 16),
    resolution: data.count('resolution') ?? (await modelResolution(file, path)),
    latentSpace,
    lowerHalf: data.flag('lower_half', true),
  };
  const { inChannels } = setup.config.visualEncoder;
  if (!latentSpace && inChannels !== 3 * setup.numFrames) {
    const rule = wording`"model.visual_encoder.in_channels" in ${path} must be ${3 * setup.numFrames} for ${setup.numFrames} frames (got ${inChannels}).`;
    throw new LatentSyncError('config-invalid', rule);
  }
  return setup;
}

async function modelResolution(file: TrainingConfig, path: string): Promise<number> {
  const name = file.section('model').text('config');
  if (name === undefined) return file.section('data').refuse('resolution', 'the side of the faces in pixels');
  const modelPath = resolve(dirname(path), name);
  const model = TrainingConfig.parse(await readText(modelPath), modelPath);
  return parseLipsyncModelDefaults({ data: model.section('data').all() }, modelPath).resolution;
}

/**
 * Measures how often a StableSyncNet is right about pairs of lips and sound: the official accuracy. Half of them are windows of clips with
 * their own sound; the others have that of a window which begins at any other frame of the same clip, be it the next. A pair is told to belong together
 * above a cosine of 0.5. Latents are the means of their distributions, where the official code draws samples.
 *
 * @throws OptionError for an option out of range.
 * @throws LatentSyncError when clips, configuration or weights cannot be used or do not fit together; `aborted` when the signal fires.
 *
 * @example
 * const { accuracy } = await measureSyncAccuracy({
 *   data: 'clips/held-out',
 *   syncnet: 'stable_syncnet.pt',
 *   recipe: 'syncnet_16_pixel_attn.yaml',
 * });
 */
export async function measureSyncAccuracy(options: SyncAccuracyOptions): Promise<SyncAccuracy> {
  checkOptions(syncAccuracyOptions, options);
  const { pairs = syncAccuracyOptions.pairs.default, seed = syncAccuracyOptions.seed.default, signal } = options;
  const setup = await readSetup(options.recipe);
  const { numFrames, resolution } = setup;
  await using set = await ClipSet.open(options.data, { resolution });
  const clips = set.clips.filter(({ frameCount }) => frameCount > numFrames);
  if (clips.length === 0) {
    throw new LatentSyncError('input-invalid', wording`No clip in ${options.data} has more than ${numFrames} frames.`, {
      remedy: 'Use longer clips.',
    });
  }
  await using runtime = createRuntime({ device: options.device, threads: options.threads });
  await using encoder = setup.latentSpace
    ? await LatentEncoder.open(runtime, setup, options.model ?? 'tiny')
    : undefined;
  await using network = await PairNetwork.open(runtime, setup, options.syncnet);
  const random = new SeededRandom(seed).fork('pairs');
  const counts = { matching: { pairs: 0, right: 0 }, shifted: { pairs: 0, right: 0 } };
  const mels = new Map<TrainingClip, Tensor<'float32'>>();
  const progress = new ProgressReporter('judge', pairs, options.onProgress);
  for (let pair = 0; pair < pairs; pair++) {
    throwIfAborted(signal);
    progress.report(pair);
    const clip = clips[random.integer(clips.length)];
    const starts = clip.frameCount - numFrames + 1;
    const start = random.integer(starts);
    const isTrue = pair % 2 === 0;
    const heard = isTrue ? start : (start + 1 + random.integer(starts - 1)) % starts;
    const known = mels.get(clip) ?? syncnetMelSpectrogram(fromInt16(await clip.readAudio()));
    mels.set(clip, known);
    const mel = melWindow(known, heard, clip.frameRate, syncMelFrames(numFrames, clip.frameRate));
    const frames = await clip.readFrames(start, start + numFrames);
    const image = encoder ? await encoder.encode(frames, signal) : facePlanes(frames);
    const isTold = (await network.cosine(image, mel, signal)) > THRESHOLD;
    const count = counts[isTrue ? 'matching' : 'shifted'];
    count.pairs++;
    if (isTold === isTrue) count.right++;
  }
  progress.report(pairs);
  return { accuracy: (counts.matching.right + counts.shifted.right) / pairs, ...counts, clips: clips.length };
}

/** The StableSyncNet, for one pair at a time. Disposing it closes its sessions. */
class PairNetwork implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #setup: SyncNetSetup;
  readonly #network: StableSyncNet;
  readonly #weights: Checkpoint;
  /** By the length of the spectrogram, which depends on a clip's frame rate. */
  readonly #sessions = new Map<number, Session>();

  private constructor(runtime: Runtime, setup: SyncNetSetup, network: StableSyncNet, weights: Checkpoint) {
    this.#runtime = runtime;
    this.#setup = setup;
    this.#network = network;
    this.#weights = weights;
  }

  /** @throws LatentSyncError when the weights are not exactly the network's. */
  static async open(runtime: Runtime, setup: SyncNetSetup, path: string): Promise<PairNetwork> {
    const network = new StableSyncNet(setup.config);
    const weights = await openCheckpointFile(path);
    try {
      checkWeights(network, weights);
      return new PairNetwork(runtime, setup, network, weights);
    } catch (error) {
      await weights[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Returns how well lips and sound belong together, −1 … 1.
   *
   * @param images - [F, C, H, W].
   * @param mel - [1, 1, 80, T].
   */
  async cosine(images: Tensor<'float32'>, mel: Tensor<'float32'>, signal: AbortSignal | undefined): Promise<number> {
    const [count, channels, height, width] = images.shape;
    const all = images.reshape([1, count * channels, height, width]); // [F, C, H, W] → [1, F·C, H, W]
    const image = this.#setup.lowerHalf ? all.slice(2, height / 2) : all;
    const melFrames = mel.shape[3];
    let session = this.#sessions.get(melFrames);
    if (!session) {
      const [, , imageHeight, imageWidth] = image.shape;
      const sizes = { batch: 1, imageHeight, imageWidth, melFrames };
      const graph = fittingSyncNet(this.#setup.resolution, () => stableSyncNetGraph(this.#network, sizes));
      session = await this.#runtime.createSession(await bindWeights(graph, this.#weights));
      this.#sessions.set(melFrames, session);
    }
    const { cosine } = await session.run({ image, mel }, { signal });
    return toFloat32(cosine).data[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.values()) await session[Symbol.asyncDispose]();
    await this.#weights[Symbol.asyncDispose]();
  }
}

/** A model's own autoencoder: faces → latents. Disposing it closes its session. */
class LatentEncoder implements AsyncDisposable {
  readonly #session: Session;
  readonly #scalingFactor: number;

  private constructor(session: Session, scalingFactor: number) {
    this.#session = session;
    this.#scalingFactor = scalingFactor;
  }

  static async open(
    runtime: Runtime,
    { config, numFrames, resolution }: SyncNetSetup,
    modelName: string,
  ): Promise<LatentEncoder> {
    await using model = await openLipsyncModel(modelName);
    const { network, weights } = model.vae;
    if (!(network instanceof AutoencoderKL))
      throw new TypeError('A model that is opened without another autoencoder has its own.');
    const { latentChannels, scalingFactor } = network.config;
    const { inChannels } = config.visualEncoder;
    if (inChannels !== latentChannels * numFrames) {
      throw new LatentSyncError(
        'config-invalid',
        wording`"model.visual_encoder.in_channels" must be ${latentChannels * numFrames} for ${numFrames} frames of latents of model ${modelName} (got ${inChannels}).`,
      );
    }
    const graph = encoderGraph(network, { height: resolution, width: resolution });
    return new LatentEncoder(await runtime.createSession(await bindWeights(graph, weights)), scalingFactor);
  }

  /** [F, R, R, 3] → [F, C, R/8, R/8] */
  async encode(frames: Tensor<'uint8'>, signal: AbortSignal | undefined): Promise<Tensor<'float32'>> {
    const { mean } = await this.#session.run({ image: facePlanes(frames) }, { signal });
    const { shape, data } = toFloat32(mean);
    return Tensor.float32(
      shape,
      data.map((value) => value * this.#scalingFactor),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
