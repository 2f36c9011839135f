// Recipe of the UNet: noisy latents, with mask, masked frame, a reference of another time and sound → the noise in them.
import { UNet3DConditionModel } from '../../models/unet-3d-condition.ts';
import type { UNet3DConfig } from '../../models/unet-3d-config.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { alphasCumprodOf } from '../../schedulers/noise-schedule.ts';
import type { PredictionType, SchedulerConfig } from '../../schedulers/scheduler-config.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { action, wording } from '../../util/wording.ts';
import { inpaintMask, latentMask } from '../../vision/mask.ts';
import type { PreparedClip } from '../data/prepared-clips-node.ts';
import { speechTokens } from '../data/speech-features.ts';
import { initialParameter } from '../initial-parameters.ts';
import type { TrainingClip } from '../data/training-clip.ts';
import { meanOf, weightedSum } from '../losses.ts';
import { mouthWeights } from '../../vision/mouth-region.ts';
import { layoutOf } from '../parameter-layout.ts';
import type { NoisyLatents, PixelSupervision } from './pixel-supervision.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import type { ConfigSection } from '../training-config.ts';
import { StartingWeights } from '../starting-weights.ts';
import { TrainingGraph } from '../training-graph.ts';
import type { TrainingTask } from '../training-task.ts';

/** Settings of the recipe. */
export interface UNetRecipeSettings {
  seed: number;
  /** Clips of one batch; each has a timestep of its own. */
  batchSize: number;
  /** Consecutive frames of each clip; 1 trains on single frames. */
  numFrames: number;
  /** Fraction of the clips whose sound is left out, which guidance requires (Ho & Salimans 2022). */
  audioDropout: number;
  /** Takes of each clip's sound, one of which is heard: its own, and the same by other voices in other places. */
  soundTakes: number;
  /**
   * Fraction of the clips, if they have labels, whose frames are chosen around a sound for which the lips meet. Such sounds are
   * short and rare, and viewers notice immediately when the lips stay open.
   */
  closureShare: number;
  /** How much more errors around the mouth count than elsewhere. */
  mouthLossWeight: number;
  /**
   * Bounds of the signal-to-noise ratio that the weight of an item's predicted latents follows; the error of the noise weighs as
   * much divided by the ratio. The upper one is min-SNR's γ (Hang et al. 2023). The lower one gives more weight to strong noise,
   * where the sound decides the mouth and the reference the colors. Undefined: no bound.
   */
  snrGamma: number | undefined;
  snrFloor: number | undefined;
  /** Share of the noise's variance that all frames of a clip have in common: a²/(1 + a²) (Ge et al. 2023). */
  mixedNoiseAlpha: number;
  /**
   * Deviation of a number that is added to all of a channel's noise. Without it the mean of noisy latents reveals the colors even
   * at the last timestep, and the network mistakes the pure noise that sampling starts from for color.
   */
  noiseOffset: number;
  /** Whether decoded frames are compared too, with the weight `reconLossWeight`. */
  pixelSpaceSupervise: boolean;
  /** How much the error of the decoded frames counts relative to that of the noise. */
  reconLossWeight: number;
  /** How much a StableSyncNet's judgment of the decoded frames counts; 0 turns it off. */
  syncLossWeight: number;
  /** Only parameters whose name contains one of these are trained. Undefined: all. */
  trainableModules: readonly string[] | undefined;
}

/** Reads the settings from the sections `data` and `run`. */
export function unetRecipeSettings(data: ConfigSection, run: ConfigSection): UNetRecipeSettings {
  const pixelSpaceSupervise = run.flag('pixel_space_supervise', false);
  const useSyncnet = run.flag('use_syncnet', false);
  if (useSyncnet && !pixelSpaceSupervise)
    run.refuse('use_syncnet', 'false without pixel_space_supervise: a StableSyncNet judges decoded frames');
  return {
    seed: run.integer('seed', 1247, 0),
    batchSize: data.integer('batch_size', 16),
    numFrames: data.integer('num_frames', 1),
    audioDropout: data.share('audio_dropout', 0.1),
    soundTakes: data.integer('sound_takes', 1),
    closureShare: data.share('closure_share', 0),
    mouthLossWeight: run.number('mouth_loss_weight', 0),
    snrGamma: run.positive('snr_gamma'),
    snrFloor: run.positive('snr_floor'),
    mixedNoiseAlpha: run.flag('use_mixed_noise', false) ? run.number('mixed_noise_alpha', 1) : 0,
    noiseOffset: run.number('noise_offset', 0),
    pixelSpaceSupervise,
    reconLossWeight: pixelSpaceSupervise ? run.number('recon_loss_weight', 1) : 0,
    syncLossWeight: useSyncnet ? run.number('sync_loss_weight', 0.05) : 0,
    trainableModules: run.texts('trainable_modules'),
  };
}

/** What the UNet is trained with, in addition to its settings. */
export interface UNetTaskInputs {
  config: UNet3DConfig;
  schedulerConfig: SchedulerConfig;
  resolution: number;
  latentChannels: number;
  scalingFactor: number;
  /** Audio tokens of a frame. */
  tokens: number;
  clips: readonly PreparedClip[];
  /** The losses in pixel space, when there are any. */
  supervision?: PixelSupervision;
  /** Weights to start from; motion modules missing from it are initialized. */
  checkpoint?: Checkpoint;
}

/** Returns the task of training a UNet on prepared clips. */
export function unetTask(inputs: UNetTaskInputs, settings: UNetRecipeSettings): TrainingTask {
  const { config, checkpoint, tokens, latentChannels } = inputs;
  const { batchSize, numFrames, seed } = settings;
  const network = new UNet3DConditionModel(config);
  const layout = layoutOf(network, { trainable: settings.trainableModules });
  const side = inputs.resolution / 8;
  const usable = inputs.clips.filter((clip) => clip.frameCount >= 2 * numFrames);
  if (usable.length === 0) {
    throw new LatentSyncError(
      'input-invalid',
      `No training clip has ${2 * numFrames} frames: ${numFrames} to learn from, and as many for reference.`,
      { remedy: 'Make longer clips, or lower "data.num_frames".' },
    );
  }

  if (settings.closureShare > 0 && usable.every(({ closures }) => closures.length === 0)) {
    throw new LatentSyncError(
      'config-invalid',
      '"data.closure_share" needs clips with labels of the spoken sounds, which none of these clips has: real footage comes without such labels.',
      { remedy: wording`Leave it out, or train on clips made by ${action('generateClips')}.` },
    );
  }

  const g = new TrainingGraph(layout);
  const sample = g.input('sample', [batchSize, config.inChannels, numFrames, side, side]);
  const prediction = network.forward(g, {
    sample,
    timestep: g.input('timestep', [batchSize, 1]),
    encoderHiddenStates: g.input('encoder_hidden_states', [batchSize * numFrames, tokens, config.crossAttentionDim]),
  }).sample;
  const noise = g.input('noise', [batchSize, latentChannels, numFrames, side, side]);
  const shares = {
    signal: g.input('signal', [batchSize, 1, 1, 1, 1]),
    strength: g.input('strength', [batchSize, 1, 1, 1, 1]),
  };
  const noisy = g.slice(sample, 1, 0, latentChannels);
  const noisePred = noiseOf(g, inputs.schedulerConfig.predictionType, prediction, { noisy, ...shares });
  const itemWeights = g.input('loss_weight', [batchSize, 1, 1, 1, 1]);
  const places = Tensor.float32([1, 1, 1, side, side], mouthWeights(side, settings.mouthLossWeight));
  const error = noiseError(g, noisePred, noise, itemWeights, places);
  g.output('noise_loss', error);
  const pixelLosses = inputs.supervision?.addLosses(g, { noisy, noisePred, ...shares }) ?? [];
  g.outputGradients(weightedSum(g, [[error, 1], ...pixelLosses]));

  // A branch that starts from zeros does not disturb what was learned without it.
  const fresh = (key: string, shape: readonly number[]): Float32Array =>
    /motion_modules.*\.proj_out\./.test(key)
      ? new Float32Array(shape.reduce((product, size) => product * size, 1))
      : initialParameter(key, shape, seed);
  const mayLack = (key: string): boolean => key.includes('motion_modules.'); // single frames are trained without them
  const weights = new StartingWeights(network, { layout, checkpoint, mayLack, fresh });
  let judges: ReadonlyMap<string, Tensor<'float32'>> = new Map();
  return {
    layout,
    graph: g,
    prepare: async () => {
      judges = (await inputs.supervision?.parameters()) ?? judges;
      await weights.load();
    },
    frozen: (key) => ({ dtype: 'float32', data: (weights.untrained.get(key) ?? judges.get(key)!).bytes }),
    initial: (key, shape) => weights.initial(key, shape),
    fileKey: (key) => key,
    batch: (step, part) => {
      const random = new SeededRandom(seed).fork(`batch ${step}.${part}`);
      return denoisingBatch(random, { ...inputs, clips: usable }, settings);
    },
    others: () => Promise.resolve(weights.untrained),
  };
}

/**
 * Returns the noise that a prediction implies. The loss is the noise's (Ho et al. 2020) for every kind of prediction.
 * From a velocity, α·noise − σ·latents, the latents follow at every timestep without being divided by a small α (Salimans & Ho 2022).
 */
function noiseOf(g: Graph, type: PredictionType, prediction: Value, { noisy, signal, strength }: NoisyLatents): Value {
  if (type === 'epsilon') return prediction;
  if (type === 'v_prediction') return g.add(g.mul(signal, prediction), g.mul(strength, noisy));
  return g.div(g.sub(noisy, g.mul(signal, prediction)), strength);
}

/** Mean squared error, with a weight for each item, and with the mouth's place counting more: [1]. */
function noiseError(g: Graph, prediction: Value, noise: Value, itemWeights: Value, places: Tensor<'float32'>): Value {
  const difference = g.sub(prediction, noise);
  return meanOf(g, g.mul(g.mul(g.mul(difference, difference), g.constant(places)), itemWeights));
}

/** Returns how much the error of the noise counts at a signal-to-noise ratio. */
function noiseErrorWeight(snr: number, { snrGamma = Infinity, snrFloor = 0 }: UNetRecipeSettings): number {
  return Math.min(snrGamma, Math.max(snrFloor, snr)) / snr;
}

async function denoisingBatch(
  random: SeededRandom,
  inputs: UNetTaskInputs,
  settings: UNetRecipeSettings,
): Promise<Record<string, Tensor<'float32'>>> {
  const { clips, config, latentChannels: channels, scalingFactor, resolution, schedulerConfig, tokens } = inputs;
  const { batchSize, numFrames, audioDropout, soundTakes, mixedNoiseAlpha, noiseOffset } = settings;
  const side = resolution / 8;
  const plane = side * side;
  const alphas = alphasCumprodOf(schedulerConfig);
  const maskPlane = latentMask(inpaintMask(resolution), resolution);
  const masks = Tensor.float32([numFrames, 1, side, side]);
  for (let i = 0; i < masks.size; i++) masks.data[i] = maskPlane[i % plane];
  const samples: Tensor<'float32'>[] = [];
  const noises: Tensor<'float32'>[] = [];
  const audio: Tensor<'float32'>[] = [];
  const timestep = Tensor.float32([batchSize, 1]);
  const lossWeight = Tensor.float32([batchSize, 1, 1, 1, 1]);
  const windows: { clip: TrainingClip; start: number }[] = [];
  const shares = { signal: new Float32Array(batchSize), strength: new Float32Array(batchSize) };

  for (let item = 0; item < batchSize; item++) {
    const clip = clips[random.integer(clips.length)];
    const start = windowStart(random, clip, settings);
    const reference = referenceStart(random, clip.frameCount, numFrames, start);
    const t = random.integer(alphas.length);
    const [signal, strength] = [Math.sqrt(alphas[t]), Math.sqrt(1 - alphas[t])];
    timestep.data[item] = t;
    lossWeight.data[item] = noiseErrorWeight(alphas[t] / (1 - alphas[t]), settings);
    shares.signal[item] = signal;
    shares.strength[item] = strength;
    windows.push({ clip: clip.clip, start });
    const shared = mixedNoiseAlpha / Math.sqrt(1 + mixedNoiseAlpha ** 2);
    const own = 1 / Math.sqrt(1 + mixedNoiseAlpha ** 2);
    const common = Float32Array.from({ length: channels * plane }, () => (shared > 0 ? random.normal() : 0));
    const offsets = Array.from({ length: channels }, () => (noiseOffset > 0 ? noiseOffset * random.normal() : 0));
    const silent = random.next() < audioDropout;
    const sound = clip.sounds[random.integer(soundTakes)];

    const window = (latents: Float32Array, first: number): Tensor<'float32'> =>
      Tensor.float32([clip.frameCount, channels, side, side], latents).slice(0, first, first + numFrames);
    const { shape, data: clean } = window(clip.latents, start);
    const noise = Tensor.float32(shape);
    const noisy = Tensor.float32(shape);
    for (let i = 0; i < noise.size; i++) {
      const index = i % common.length;
      const value = shared * common[index] + own * random.normal() + offsets[Math.floor(index / plane)];
      noise.data[i] = value;
      noisy.data[i] = signal * clean[i] * scalingFactor + strength * value;
    }
    const masked = scaled(window(clip.maskedLatents, start), scalingFactor);
    const referred = scaled(window(clip.latents, reference), scalingFactor);
    samples.push(Tensor.concat([noisy, masks, masked, referred], 1));
    noises.push(noise);
    for (let frame = start; frame < start + numFrames; frame++) {
      const tokensShape = [1, tokens, config.crossAttentionDim];
      audio.push(Tensor.float32(tokensShape, silent ? undefined : speechTokens(sound, frame)));
    }
  }
  const perItem = [batchSize, 1, 1, 1, 1];
  return {
    sample: channelsFirst(samples),
    timestep,
    encoder_hidden_states: Tensor.concat(audio, 0),
    noise: channelsFirst(noises),
    signal: Tensor.float32(perItem, shares.signal),
    strength: Tensor.float32(perItem, shares.strength),
    loss_weight: lossWeight,
    ...(await inputs.supervision?.targets(windows)),
  };
}

function scaled({ shape, data }: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  return Tensor.float32(
    shape,
    data.map((value) => value * factor),
  );
}

/** B windows of [F, C, h, w] → [B, C, F, h, w] */
function channelsFirst(windows: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const batch = windows.map((window) => window.reshape([1, ...window.shape]));
  return Tensor.concat(batch, 0).transpose([0, 2, 1, 3, 4]);
}

/** Where the frames to learn from begin. */
function windowStart(
  random: SeededRandom,
  { frameCount, closures }: PreparedClip,
  { numFrames, closureShare }: UNetRecipeSettings,
): number {
  const last = frameCount - numFrames;
  if (closureShare === 0 || closures.length === 0 || random.next() >= closureShare) return random.integer(last + 1);
  return Math.max(0, Math.min(last, random.pick(closures) - random.integer(numFrames)));
}

/** Where the frames to refer to begin: elsewhere in the clip, so that they cannot be copied. */
function referenceStart(random: SeededRandom, frameCount: number, numFrames: number, start: number): number {
  const before = Math.max(0, start - numFrames + 1);
  const after = Math.max(0, frameCount - start - 2 * numFrames + 1);
  if (before + after === 0) return start === 0 ? frameCount - numFrames : 0;
  const choice = random.integer(before + after);
  return choice < before ? choice : start + numFrames + choice - before;
}
