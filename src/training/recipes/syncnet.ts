// Recipe of StableSyncNet: do 16 frames of a mouth and a stretch of sound belong together? Half of the pairs do not.
import { syncnetMelSpectrogram } from '../../audio/syncnet-mel.ts';
import { StableSyncNet } from '../../models/stable-syncnet.ts';
import { NORM_NUM_GROUPS, type StableSyncNetConfig } from '../../models/stable-syncnet-config.ts';
import { fixedDim } from '../../onnx/dim.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { ClipSet } from '../data/clip-set-node.ts';
import { copyLowerHalves, copyMelWindow, SYNC_MEL_BANDS, syncMelFrames } from '../data/sync-windows.ts';
import { fromInt16, type TrainingClip } from '../data/training-clip.ts';
import { initialParameter } from '../initial-parameters.ts';
import { binaryCrossEntropy, meanOf } from '../losses.ts';
import { layoutOf } from '../parameter-layout.ts';
import { SeededRandom } from '../synthetic/random.ts';
import type { ConfigSection } from '../training-config.ts';
import { TrainingGraph } from '../training-graph.ts';
import type { TrainingTask } from '../training-task.ts';

/** Settings of the recipe. */
export interface SyncNetRecipeSettings {
  seed: number;
  /** Pairs of a batch. */
  batchSize: number;
  /** Frames that the network sees at once. */
  numFrames: number;
  /** Least shift, in frames, of sound that counts as wrong. */
  minShift: number;
}

/** Reads the settings from the sections `data` and `run`. */
export function syncNetRecipeSettings(data: ConfigSection, run: ConfigSection): SyncNetRecipeSettings {
  return {
    seed: run.integer('seed', 1247, 0),
    batchSize: data.integer('batch_size', 16),
    numFrames: data.integer('num_frames', 16),
    minShift: data.integer('min_shift', 5),
  };
}

/**
 * Numbers that each group of the last norm must have. One becomes 0, two become +1 and -1, whatever they were: the embedding then
 * changes in jumps, and so do the gradients.
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
  const together = g.input('together', [batchSize]);
  const { cosine, visionEmbeds } = network.forward(g, image, mel);
  const perGroup = fixedDim(visionEmbeds.shape[1], 'The length of the embeddings') / NORM_NUM_GROUPS;
  if (perGroup < LEAST_GROUP) {
    throw new LatentSyncError(
      'config-invalid',
      `The embeddings have ${perGroup * NORM_NUM_GROUPS} numbers, in ${NORM_NUM_GROUPS} groups of ${perGroup} that are ` +
        'normalised: at most their signs are left.\n' +
        `End "model.visual_encoder" and "model.audio_encoder" with at least ${LEAST_GROUP * NORM_NUM_GROUPS} channels.`,
    );
  }
  const right = g.greater(g.mul(g.sub(cosine, g.float(0.5)), g.sub(together, g.float(0.5))), g.float(0));
  g.output('accuracy', meanOf(g, g.cast(right, 'float32')));
  g.outputGradients(binaryCrossEntropy(g, cosine, together));

  const heard: HeardClip[] = [];
  return {
    layout,
    graph: g,
    prepare: async () => {
      for (const clip of clips.clips) {
        const spectrogram = syncnetMelSpectrogram(fromInt16(await clip.readAudio()));
        const starts = clip.frameCount - numFrames + 1;
        if (starts > settings.minShift) heard.push({ clip, mel: spectrogram, starts });
      }
      if (heard.length === 0) {
        throw new LatentSyncError(
          'input-invalid',
          `No training clip is long enough: ${numFrames + settings.minShift + 1} frames are needed.\nMake longer clips.`,
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
      const image = Tensor.float32([batchSize, 3 * numFrames, size.height, size.width]);
      const mel = Tensor.float32([batchSize, 1, SYNC_MEL_BANDS, melFrames]);
      const together = Tensor.float32([batchSize]);
      for (let index = 0; index < batchSize; index++) {
        const shown = heard[random.integer(heard.length)];
        const start = random.integer(shown.starts);
        together.data[index] = random.next() < 0.5 ? 1 : 0;
        const [sounding, at] =
          together.data[index] === 1 ? [shown, start] : wrongSound(random, heard, shown, start, settings.minShift);
        const frames = await shown.clip.readFrames(start, start + numFrames);
        const pixels = 3 * numFrames * size.height * size.width;
        copyLowerHalves(frames, image.data.subarray(index * pixels, (index + 1) * pixels));
        const melSize = SYNC_MEL_BANDS * melFrames;
        const heardPart = mel.data.subarray(index * melSize, (index + 1) * melSize);
        copyMelWindow(sounding.mel, at, sounding.clip.frameRate, heardPart);
      }
      return { image, mel, together };
    },
    others: () => Promise.resolve(new Map()),
  };
}

/** Sound of another time of the clip, or of another clip. */
function wrongSound(
  random: SeededRandom,
  heard: readonly HeardClip[],
  shown: HeardClip,
  start: number,
  minShift: number,
): [HeardClip, number] {
  const before = Math.max(0, start - minShift + 1);
  const after = Math.max(0, shown.starts - start - minShift);
  if (before + after === 0 || (heard.length > 1 && random.next() < 0.5)) {
    const other = heard[random.integer(heard.length)];
    if (other !== shown) return [other, random.integer(other.starts)];
    if (before + after === 0) return [other, start < shown.starts / 2 ? shown.starts - 1 : 0];
  }
  const choice = random.integer(before + after);
  return [shown, choice < before ? choice : start + minShift + choice - before];
}
