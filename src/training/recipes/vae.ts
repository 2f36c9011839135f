// Recipe of the VAE: patches of faces → latents → the same patches. Losses: pixels, edges, the latents' divergence, an adversary.
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { AutoencoderKL, type AutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { ClipSet } from '../data/clip-set-node.ts';
import { facePlanes } from '../data/face-planes.ts';
import { initialParameter } from '../initial-parameters.ts';
import {
  detailError,
  edgeError,
  meanAbsoluteError,
  meanSquaredError,
  normalDivergence,
  weightedSum,
} from '../losses.ts';
import { mouthWeights } from '../../vision/mouth-region.ts';
import { joinedLayout, layoutOf } from '../parameter-layout.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { StartingWeights } from '../starting-weights.ts';
import type { ConfigSection } from '../training-config.ts';
import { TrainingGraph } from '../training-graph.ts';
import type { TrainingTask } from '../training-task.ts';
import { Adversary, ADVERSARY } from './adversary.ts';

/** By how much the adversary's gradients are shortened. */
const OPPONENT_SCALE = 0.01;

/** Settings of the recipe. */
export interface VaeRecipeSettings {
  seed: number;
  /** Patches of one batch. */
  batchSize: number;
  /** Side of the patches in pixels; a multiple of what one latent spans. */
  patchSize: number;
  /** Fraction of the patches taken around the mouth. */
  mouthShare: number;
  /** How much more errors around the mouth count than elsewhere. */
  mouthLossWeight: number;
  l1Weight: number;
  l2Weight: number;
  edgeWeight: number;
  klWeight: number;
  /** Of how much fine detail there is, wherever exactly. */
  detailWeight: number;
  /** Of deceiving a discriminator, and of how differently it sees the patches; both 0: there is none. */
  adversarialWeight: number;
  featureWeight: number;
  /** Steps in which the discriminator learns and does not count yet. */
  adversarialStart: number;
  /** Only parameters whose name contains one of these are trained. Undefined: all. */
  trainableModules: readonly string[] | undefined;
}

/** Reads the settings from the sections `data` and `run`. */
export function vaeRecipeSettings(data: ConfigSection, run: ConfigSection): VaeRecipeSettings {
  return {
    seed: run.integer('seed', 1247, 0),
    batchSize: data.integer('batch_size', 16),
    patchSize: data.integer('patch_size', 64, 8),
    mouthShare: data.share('mouth_share', 0.5),
    mouthLossWeight: run.number('mouth_loss_weight', 0),
    l1Weight: run.number('l1_loss_weight', 1),
    l2Weight: run.number('l2_loss_weight', 1),
    edgeWeight: run.number('edge_loss_weight', 1),
    klWeight: run.number('kl_loss_weight', 1e-4),
    detailWeight: run.number('detail_loss_weight', 0),
    adversarialWeight: run.number('adversarial_loss_weight', 0),
    featureWeight: run.number('feature_loss_weight', 0),
    adversarialStart: run.integer('adversarial_start', 0, 0),
    trainableModules: run.texts('trainable_modules'),
  };
}

/** What the VAE is trained with, in addition to its settings. */
export interface VaeTaskInputs {
  config: AutoencoderKLConfig;
  clips: ClipSet;
  /** Weights to start from; must have exactly the network's parameters. Default: new ones. */
  checkpoint?: Checkpoint;
}

/** Returns the task of training a VAE on the frames of clips. */
export function vaeTask({ config, clips, checkpoint }: VaeTaskInputs, settings: VaeRecipeSettings): TrainingTask {
  const { batchSize, patchSize, seed } = settings;
  const vae = new AutoencoderKL(config);
  const { adversarialWeight, featureWeight } = settings;
  const adversary = adversarialWeight > 0 || featureWeight > 0 ? new Adversary() : undefined;
  const own = layoutOf(vae, { trainable: settings.trainableModules });
  const layout = adversary ? joinedLayout(own, adversary.layout) : own;
  const weights = new StartingWeights(vae, {
    layout,
    checkpoint,
    fresh: (key, shape) =>
      adversary?.layout.entries.has(key) ? adversary.initial(key, shape, seed) : initialParameter(key, shape, seed),
  });
  const { resolution } = clips.clips[0];
  if (patchSize > resolution || patchSize % vae.scaleFactor !== 0) {
    throw new LatentSyncError(
      'config-invalid',
      `"data.patch_size" must be a multiple of ${vae.scaleFactor} and at most ${resolution}, the side of the clips' faces ` +
        `(got ${patchSize}).`,
    );
  }
  const mouthPlane = [1, 1, resolution, resolution];
  const mouth = Tensor.float32(mouthPlane, mouthWeights(resolution, settings.mouthLossWeight));
  const latentSide = patchSize / vae.scaleFactor;
  const latentShape = [batchSize, config.latentChannels, latentSide, latentSide];

  const g = new TrainingGraph(layout);
  const image = g.input('image', [batchSize, 3, patchSize, patchSize]);
  const noise = g.input('noise', latentShape);
  const { mean, logvar } = vae.encode(g, image);
  const latents = g.add(mean, g.mul(g.exp(g.mul(logvar, g.float(0.5))), noise));
  const decoded = vae.decode(g, latents);
  const error = g.sub(decoded, image);
  const places = g.input('places', [batchSize, 1, patchSize, patchSize]);
  const absolute = meanAbsoluteError(g, error, places);
  const squared = meanSquaredError(g, error, places);
  const edges = edgeError(g, error, places);
  const detail = settings.detailWeight > 0 ? detailError(g, { real: image, drawn: decoded }, places) : undefined;
  if (detail) g.output('detail_error', detail);
  const divergence = normalDivergence(g, mean, logvar);
  g.output('absolute_error', absolute);
  g.output('squared_error', squared);
  g.output('edge_error', edges);
  g.output('kl', divergence);
  const { l1Weight, l2Weight, edgeWeight, klWeight } = settings;
  const likeness = weightedSum(g, [
    [absolute, l1Weight],
    [squared, l2Weight],
    [edges, edgeWeight],
    [divergence, klWeight],
    ...(detail ? [[detail, settings.detailWeight] as const] : []),
  ]);
  if (adversary) {
    const { deception, features, discrimination, confusion } = adversary.judge(g, {
      real: image,
      drawn: decoded,
      places,
    });
    g.output('deception', deception);
    g.output('feature_error', features);
    g.output('discrimination', discrimination);
    g.output('confusion', confusion);
    const judgment = weightedSum(g, [
      [deception, adversarialWeight],
      [features, featureWeight],
    ]);
    const loss = g.add(likeness, g.mul(judgment, g.input('adversary_counts', [1])));
    // AdamW takes no notice of how long gradients are, but clipping does: the VAE's own decide.
    g.outputGradients(loss, { loss: g.mul(discrimination, g.float(OPPONENT_SCALE)), prefix: ADVERSARY });
  } else {
    g.outputGradients(likeness);
  }

  return {
    layout,
    graph: g,
    prepare: () => weights.load(),
    frozen: (key) => ({ dtype: 'float32', data: weights.untrained.get(key)!.bytes }),
    initial: (key, shape) => weights.initial(key, shape),
    fileKey: (key) => (key.startsWith(ADVERSARY) ? undefined : key),
    batch: async (step, part) => {
      const random = new SeededRandom(seed).fork(`batch ${step}.${part}`);
      const images: Tensor<'float32'>[] = [];
      const places: Tensor<'float32'>[] = [];
      for (let index = 0; index < batchSize; index++) {
        const clip = clips.clips[random.integer(clips.clips.length)];
        const frame = random.integer(clip.frameCount);
        const patch = samplePatch(random, resolution, settings);
        images.push(patchOf(facePlanes(await clip.readFrames(frame, frame + 1)), patch));
        places.push(patchOf(mouth, patch));
      }
      const noise = Tensor.float32(latentShape);
      for (let i = 0; i < noise.size; i++) noise.data[i] = random.normal();
      const counts = step < settings.adversarialStart ? 0 : 1;
      return {
        image: Tensor.concat(images, 0),
        places: Tensor.concat(places, 0),
        noise,
        ...(adversary && { adversary_counts: Tensor.float32([1], new Float32Array([counts])) }),
      };
    },
    others: () => Promise.resolve(weights.untrained),
  };
}

interface Patch {
  left: number;
  top: number;
  side: number;
  mirrored: boolean;
}

/** A patch anywhere, or around the mouth, which lies in the middle of the lower half of an aligned face. */
function samplePatch(random: SeededRandom, resolution: number, { patchSize, mouthShare }: VaeRecipeSettings): Patch {
  const slack = resolution - patchSize;
  const atMouth = random.next() < mouthShare;
  const place = (low: number, high: number): number => Math.round(random.uniform(low, high) * slack);
  return {
    left: atMouth ? place(0.3, 0.7) : place(0, 1),
    top: atMouth ? place(0.7, 1) : place(0, 1),
    side: patchSize,
    mirrored: random.next() < 0.5,
  };
}

/** [1, C, R, R] → [1, C, side, side] */
function patchOf(image: Tensor<'float32'>, { left, top, side, mirrored }: Patch): Tensor<'float32'> {
  const patch = image.slice(2, top, top + side).slice(3, left, left + side);
  if (mirrored) for (let row = 0; row < patch.size; row += side) patch.data.subarray(row, row + side).reverse();
  return patch;
}
