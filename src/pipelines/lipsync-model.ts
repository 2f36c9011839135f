// LipsyncModel: the networks' configurations and weights, and how they were meant to be used. Networks are loaded elsewhere.
import { chunkRows } from '../audio/feature-windows.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { AutoencoderKL, type AutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import type { AutoencoderTiny } from '../models/autoencoder-tiny.ts';
import { UNet3DConditionModel } from '../models/unet-3d-condition.ts';
import type { UNet3DConfig } from '../models/unet-3d-config.ts';
import { embeddingLayers, WhisperEncoder, type WhisperEncoderConfig } from '../models/whisper-encoder.ts';
import { checkWeights } from '../nn/weights.ts';
import type { SchedulerName } from '../schedulers/scheduler.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';

/** The `data:` and `run:` sections of the official configuration. */
export interface LipsyncModelDefaults {
  /** R: side of a face image in pixels. */
  resolution: number;
  /** Frames that are denoised together. */
  numFrames: number;
  /** Frame rate of the training videos. */
  videoFps: number;
  /** Frames of audio context before and after. */
  audioFeatLength: readonly [number, number];
  /** Default `ddim`. */
  scheduler?: SchedulerName;
  numInferenceSteps: number;
  guidanceScale: number;
  /** Fractions of the steps at which guidance begins and ends. Default 0 and 1. */
  guidanceStart?: number;
  guidanceEnd?: number;
  /** The pass without audio runs at every N-th guided step. Default 1. */
  unconditionalInterval?: number;
  seed: number;
}

/** A network and the weights that fit it. */
export interface Weighted<M> {
  readonly network: M;
  readonly weights: Checkpoint;
}

/** Paths of the files that a model's weights are in, as far as they are in files. */
export type WeightFiles = Readonly<Partial<Record<'unet' | 'vae' | 'whisper', readonly string[]>>>;

/** What {@link LipsyncModel} is made of. */
export interface LipsyncModelParts {
  readonly name: string;
  readonly defaults: LipsyncModelDefaults;
  /** Content of `scheduler_config.json`. */
  readonly schedulerConfig: unknown;
  readonly unet: Weighted<UNet3DConditionModel>;
  readonly vae: Weighted<AutoencoderKL> | Weighted<AutoencoderTiny>;
  readonly whisper: Weighted<WhisperEncoder> & {
    /** Tells these weights from others: a hash of the file, or a name. */
    readonly identity: string;
  };
  /** Files of the weights; none where they are not in files. */
  readonly weightFiles: WeightFiles;
}

/** Everything that a lip-sync model consists of, and the sizes that follow from it. Disposing it closes its files. */
export class LipsyncModel implements LipsyncModelParts, AsyncDisposable {
  /** As the user named it. */
  readonly name: string;
  readonly defaults: LipsyncModelDefaults;
  readonly schedulerConfig: unknown;
  readonly unet: LipsyncModelParts['unet'];
  readonly vae: LipsyncModelParts['vae'];
  readonly whisper: LipsyncModelParts['whisper'];
  readonly weightFiles: WeightFiles;

  /** @param parts - which fit each other; {@link assembleModel} checks that. */
  constructor({ name, defaults, schedulerConfig, unet, vae, whisper, weightFiles }: LipsyncModelParts) {
    this.weightFiles = weightFiles;
    this.name = name;
    this.defaults = defaults;
    this.schedulerConfig = schedulerConfig;
    this.unet = unet;
    this.vae = vae;
    this.whisper = whisper;
  }

  /** The audio of one frame as the UNet takes it, [tokens, channels]. */
  get audioShape(): readonly [tokens: number, channels: number] {
    const { config } = this.whisper.network;
    return [chunkRows(this.defaults.audioFeatLength) * embeddingLayers(config), config.nAudioState];
  }

  /** Pixels that one latent spans along an axis. */
  get pixelsPerLatent(): number {
    return this.vae.network.scaleFactor;
  }

  /** Side of a face in latents. */
  get latentSide(): number {
    return this.defaults.resolution / this.pixelsPerLatent;
  }

  /** The latents of one frame as the denoising takes them, [1, 4, 1, h, w]. */
  get noiseShape(): readonly [1, channels: number, 1, height: number, width: number] {
    return [1, this.vae.network.config.latentChannels, 1, this.latentSide, this.latentSide];
  }

  /** Returns the same model with another autoencoder for the same latents, whose files are closed with it; the one it had is not. */
  withAutoencoder(vae: Weighted<AutoencoderTiny>, files: readonly string[]): LipsyncModel {
    return new LipsyncModel({ ...this.#parts(), vae, weightFiles: { ...this.weightFiles, vae: files } });
  }

  /** Returns the same networks and weights with other defaults, such as another face resolution; only one of the two is to be disposed. */
  withDefaults(defaults: Partial<LipsyncModelDefaults>): LipsyncModel {
    return new LipsyncModel({ ...this.#parts(), defaults: { ...this.defaults, ...defaults } });
  }

  #parts(): LipsyncModelParts {
    const { name, defaults, schedulerConfig, unet, vae, whisper, weightFiles } = this;
    return { name, defaults, schedulerConfig, unet, vae, whisper, weightFiles };
  }

  /** Closes the files of the weights. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { weights } of [this.unet, this.vae, this.whisper]) await weights[Symbol.asyncDispose]();
  }
}

/** What {@link assembleModel} puts together. */
export interface ModelParts {
  name: string;
  defaults: LipsyncModelDefaults;
  schedulerConfig: unknown;
  unetConfig: UNet3DConfig;
  vaeConfig: AutoencoderKLConfig;
  whisperConfig: WhisperEncoderConfig;
  /** Weights for each network. */
  weights: (networks: {
    unet: UNet3DConditionModel;
    vae: AutoencoderKL;
    whisper: WhisperEncoder;
  }) => Promise<{ unet: Checkpoint; vae: Checkpoint; whisper: Checkpoint; whisperIdentity: string }>;
  /** Files that they are in. Default: none. */
  weightFiles?: WeightFiles;
}

/**
 * Returns a model whose weights fit its configurations, and whose networks fit each other.
 *
 * @throws CheckpointMismatchError when a checkpoint does not have exactly the network's tensors.
 * @throws LatentSyncError `config-invalid` when a network cannot be built, or the networks do not fit each other.
 */
export async function assembleModel(parts: ModelParts): Promise<LipsyncModel> {
  const { unet, vae, whisper } = buildNetworks(parts);
  checkNetworks(parts);
  const weights = await parts.weights({ unet, vae, whisper });
  const model = new LipsyncModel({
    name: parts.name,
    defaults: parts.defaults,
    schedulerConfig: parts.schedulerConfig,
    unet: { network: unet, weights: weights.unet },
    vae: { network: vae, weights: weights.vae },
    whisper: { network: whisper, weights: weights.whisper, identity: weights.whisperIdentity },
    weightFiles: parts.weightFiles ?? {},
  });
  try {
    for (const { network, weights } of [model.unet, model.vae, model.whisper]) checkWeights(network, weights);
    return model;
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

const CONFIG_REMEDY = 'Use the configuration files that belong to its weights.';

function buildNetworks({ name, unetConfig, vaeConfig, whisperConfig }: ModelParts) {
  try {
    return {
      unet: new UNet3DConditionModel(unetConfig),
      vae: new AutoencoderKL(vaeConfig),
      whisper: new WhisperEncoder(whisperConfig),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new LatentSyncError(
      'config-invalid',
      wording`No network can be built from the configuration of model ${name}: ${error.message}`,
      { remedy: CONFIG_REMEDY, cause: error },
    );
  }
}

function checkNetworks({ name, unetConfig, vaeConfig, whisperConfig, defaults }: ModelParts): void {
  const fail = (what: string, remedy = CONFIG_REMEDY): never => {
    throw new LatentSyncError(
      'config-invalid',
      wording`The parts of the configuration of model ${name} do not fit together: ${what}.`,
      { remedy },
    );
  };
  if (unetConfig.crossAttentionDim !== whisperConfig.nAudioState) {
    fail(
      `the UNet attends to ${unetConfig.crossAttentionDim} channels, but the audio encoder produces ${whisperConfig.nAudioState}`,
      'A UNet with 384 channels needs Whisper tiny; one with 768 needs Whisper small.',
    );
  }
  const conditions = 1 + 3 * vaeConfig.latentChannels;
  if (unetConfig.inChannels !== conditions) {
    fail(`the UNet takes ${unetConfig.inChannels} channels, but the latents and their conditions have ${conditions}`);
  }
  if (unetConfig.outChannels !== vaeConfig.latentChannels) {
    fail(`the UNet produces ${unetConfig.outChannels} channels, but the latents have ${vaeConfig.latentChannels}`);
  }
  const coarsest = 2 ** (vaeConfig.blockOutChannels.length - 1) * 2 ** (unetConfig.blockOutChannels.length - 1);
  if (defaults.resolution % coarsest !== 0) {
    fail(`the resolution must be a multiple of ${coarsest} (got ${defaults.resolution})`);
  }
  const { temporalPositionEncoding, temporalPositionEncodingMaxLen } = unetConfig.motionModule;
  if (temporalPositionEncoding && defaults.numFrames > temporalPositionEncodingMaxLen) {
    fail(
      `a window has ${defaults.numFrames} frames, but the motion modules take at most ${temporalPositionEncodingMaxLen}`,
    );
  }
}
