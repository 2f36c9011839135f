// Recipe of StableSyncNet: which of the batch's sounds belongs to these 16 frames of a mouth?
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import { StableSyncNet } from '../../models/stable-syncnet.ts';
import { NORM_NUM_GROUPS, type StableSyncNetConfig } from '../../models/stable-syncnet-config.ts';
import { fixedDim } from '../../onnx/dim.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { ClipSet } from '../data/clip-set-node.ts';
import {
  drawSyncWindows,
  lowerHalves,
  melWindow,
  roomForSyncWindows,
  SYNC_MEL_BANDS,
  syncMelFrames,
  type SyncBatch,
} from '../data/sync-windows.ts';
import { fromInt16, type TrainingClip } from '../data/training-clip.ts';
import { initialParameter } from '../initial-parameters.ts';
import { binaryCrossEntropy, sumOf } from '../losses.ts';
import { layoutOf } from '../parameter-layout.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { fittingSyncNet } from '../syncnet-fit.ts';
import type { ConfigSection } from '../training-config.ts';
import { TrainingGraph } from '../training-graph.ts';
import type { TrainingTask } from '../training-task.ts';

/** Settings of the recipe. */
export interface SyncNetRecipeSettings extends SyncBatch {
  seed: number;
  /** Frames that the network sees at once. */
  numFrames: number;
}

/** Reads the settings from the sections `data` and `run`. */
export function syncNetRecipeSettings(data: ConfigSection, run: ConfigSection): SyncNetRecipeSettings {
  return {
    seed: run.integer('seed', 1247, 0),
    batchSize: data.integer('batch_size', 16, 2),
    windowsPerClip: data.integer('windows_per_clip', 4),
    numFrames: data.integer('num_frames', 16),
    minShift: data.integer('min_shift', 5),
  };
}

/**
 * Values that each group of the last norm must have at least. A norm turns one value into 0 and any two into +1 and -1, so the
 * embedding would change in jumps, and so would the gradients.
 */
const LEAST_GROUP = 3;

/** A clip and its sound as the network hears it. */
interface HeardClip {
  clip: TrainingClip;
  /** [80, T] */
  mel: Tensor<'float32'>;
  /** How many frames a window may begin with. */
  starts: number;
}

/** Returns the task of training a StableSyncNet on clips. */
export function syncNetTask(
  config: StableSyncNetConfig,
  clips: ClipSet,
  settings: SyncNetRecipeSettings,
): TrainingTask {
  const { batchSize, numFrames, seed } = settings;
  const resolution = clips.clips[0].resolution;
  const frameRate = clips.clips[0].frameRate;
  const size = { height: resolution / 2, width: resolution };
  const melFrames = syncMelFrames(numFrames, frameRate);
  if (config.visualEncoder.inChannels !== 3 * numFrames) {
    throw new LatentSyncError(
      'config-invalid',
      `"model.visual_encoder.in_channels" must be ${3 * numFrames} for ${numFrames} frames ` +
        `(got ${config.visualEncoder.inChannels}).`,
    );
  }
  const network = new StableSyncNet(config);
  const layout = layoutOf(network);

  const g = new TrainingGraph(layout);
  const image = g.input('image', [batchSize, 3 * numFrames, size.height, size.width]);
  const mel = g.input('mel', [batchSize, 1, SYNC_MEL_BANDS, melFrames]);
  const { visionEmbeds, audioEmbeds } = fittingSyncNet(resolution, () => network.forward(g, image, mel));
  const perGroup = fixedDim(visionEmbeds.shape[1], 'The length of the embeddings') / NORM_NUM_GROUPS;
  if (perGroup < LEAST_GROUP) {
    throw new LatentSyncError(
      'config-invalid',
      `The embeddings have ${perGroup * NORM_NUM_GROUPS} numbers, in ${NORM_NUM_GROUPS} groups of ${perGroup} that are ` +
        'normalized: little more than their signs is left.',
      {
        remedy: `End "model.visual_encoder" and "model.audio_encoder" with at least ${LEAST_GROUP * NORM_NUM_GROUPS} channels.`,
      },
    );
  }
  const cosine = g.matmul(visionEmbeds, audioEmbeds, { transposeB: true }); // [B, D], [B, D] → [B frames, B sounds]
  const { together, weight } = comparisons(batchSize);
  const [target, counts] = [g.constant(together), g.constant(weight)];
  const right = g.greater(g.mul(g.sub(cosine, g.float(0.5)), g.sub(target, g.float(0.5))), g.float(0));
  g.output('accuracy', sumOf(g, g.mul(g.cast(right, 'float32'), counts)));
  g.outputGradients(binaryCrossEntropy(g, cosine, target, counts));

  const heard: HeardClip[] = [];
  const heardStarts = (): number[] => heard.map(({ starts }) => starts);
  return {
    layout,
    graph: g,
    prepare: async () => {
      for (const clip of clips.clips) {
        const spectrogram = syncnetMelSpectrogram(fromInt16(await clip.readAudio()));
        const starts = clip.frameCount - numFrames + 1;
        if (starts > 0) heard.push({ clip, mel: spectrogram, starts });
      }
      const room = roomForSyncWindows(heardStarts(), settings.minShift);
      if (room < batchSize) {
        throw new LatentSyncError(
          'input-invalid',
          `The training clips have room for ${room} windows of ${numFrames} frames that are ${settings.minShift} frames apart, ` +
            `but a batch has ${batchSize}.`,
          { remedy: 'Make more or longer clips, or lower "data.batch_size".' },
        );
      }
    },
    frozen: (key) => {
      throw new TypeError(`${key} is a parameter of the network, and all of them are trained.`);
    },
    initial: (key, shape) => Promise.resolve(initialParameter(key, shape, seed)),
    fileKey: (key) => key,
    batch: async (step, part) => {
      const random = new SeededRandom(seed).fork(`batch ${step}.${part}`);
      const images: Tensor<'float32'>[] = [];
      const mels: Tensor<'float32'>[] = [];
      for (const { clip, start } of drawSyncWindows(random, heardStarts(), settings)) {
        const { clip: shown, mel: spectrogram } = heard[clip];
        images.push(lowerHalves(await shown.readFrames(start, start + numFrames)));
        mels.push(melWindow(spectrogram, start, shown.frameRate, melFrames));
      }
      return { image: Tensor.concat(images, 0), mel: Tensor.concat(mels, 0) };
    },
    others: () => Promise.resolve(new Map()),
  };
}

/** What belongs together in a batch, and how much each comparison counts: right ones half of the whole, wrong ones the other half. */
function comparisons(batchSize: number): { together: Tensor<'float32'>; weight: Tensor<'float32'> } {
  const together = Tensor.float32([batchSize, batchSize]);
  const weight = Tensor.float32([batchSize, batchSize]);
  weight.data.fill(0.5 / (batchSize * (batchSize - 1)));
  for (let index = 0; index < batchSize; index++) {
    together.data[index * (batchSize + 1)] = 1;
    weight.data[index * (batchSize + 1)] = 0.5 / batchSize;
  }
  return { together, weight };
}
