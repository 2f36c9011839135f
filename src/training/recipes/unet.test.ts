import { beforeAll, describe, expect, it } from 'vitest';
import { smallUNetSection } from '../../../test/support/small-unet.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { officialSchedulerConfig } from '../../hub/official-configs.ts';
import { alphasCumprodOf } from '../../schedulers/noise-schedule.ts';
import { writeModel } from '../../onnx/model-proto.ts';
import { createThreadRuntime } from '../../runtime/thread-runtime-node.ts';
import { parseSchedulerConfig, type PredictionType } from '../../schedulers/scheduler-config.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import type { PreparedClip } from '../data/prepared-clips-node.ts';
import type { HeardSpeech } from '../data/speech-features.ts';
import type { TrainingTask } from '../training-task.ts';
import { unetTask, type UNetRecipeSettings } from './unet.ts';

const FRAMES = 8;
const PLANE = 4 * 4;
const TOKENS = 20;
const ROW_WIDTH = 2 * 8;
const schedulerConfig = parseSchedulerConfig(officialSchedulerConfig);
const alphas = alphasCumprodOf(schedulerConfig);

const settings: UNetRecipeSettings = {
  seed: 5,
  batchSize: 64,
  numFrames: 1,
  audioDropout: 0.25,
  soundTakes: 1,
  closureShare: 0,
  mouthLossWeight: 0,
  mixedNoiseAlpha: 0,
  snrGamma: undefined,
  snrFloor: undefined,
  noiseOffset: 0,
  pixelSpaceSupervise: false,
  reconLossWeight: 0,
  syncLossWeight: 0,
  trainableModules: undefined,
};

/** Sound with two rows per frame, each of them full of its number, from 1 on, and a hundred more for each take. */
const soundOf = (take: number): HeardSpeech => ({
  rows: Float32Array.from({ length: 2 * FRAMES * ROW_WIDTH }, (_, i) => 1 + Math.floor(i / ROW_WIDTH) + 100 * take),
  rowWidth: ROW_WIDTH,
  frameRate: 25,
  audioFeatLength: [2, 2],
});

/** The frame in which the lips meet. */
const CLOSURE = 5;

/** A clip whose latents are the number of their frame; unmasked, masked ones a hundred more. */
const clip = {
  frameCount: FRAMES,
  latents: Float32Array.from({ length: FRAMES * 4 * PLANE }, (_, i) => Math.floor(i / (4 * PLANE))),
  maskedLatents: Float32Array.from({ length: FRAMES * 4 * PLANE }, (_, i) => 100 + Math.floor(i / (4 * PLANE))),
  sounds: [0, 1, 2].map(soundOf),
  closures: [CLOSURE],
} as unknown as PreparedClip;

function task(
  change: Partial<UNetRecipeSettings> = {},
  predictionType: PredictionType = 'epsilon',
  clips = [clip],
): TrainingTask {
  const inputs = {
    config: parseUNet3DConfig(smallUNetSection({ channels: [32, 32], audioWidth: 8, groups: 8 })),
    schedulerConfig: { ...schedulerConfig, predictionType },
    resolution: 32,
    latentChannels: 4,
    scalingFactor: 0.5,
    tokens: TOKENS,
    clips,
  };
  return unetTask(inputs, { ...settings, ...change });
}

type Batch = Record<string, Tensor<'float32'>>;
const batchOf = async (change: Partial<UNetRecipeSettings> = {}): Promise<Batch> =>
  (await task(change).batch(0, 0)) as Batch;

describe('the loss of the UNet', () => {
  it.each<[PredictionType, (noisy: number, alpha: number) => number]>([
    ['epsilon', () => 0],
    ['v_prediction', (noisy, alpha) => Math.sqrt(1 - alpha) * noisy],
    ['sample', (noisy, alpha) => noisy / Math.sqrt(1 - alpha)],
  ])('is that of the noise which a prediction of type %s means', async (type, noiseOfNothing) => {
    const batchSize = 2;
    const { graph, layout, frozen, initial, prepare, batch } = task({ batchSize }, type);
    await prepare?.();
    const parameters = Tensor.float32([layout.size]); // conv_out stays 0: nothing is predicted
    for (const [key, { shape, offset }] of layout.entries)
      if (!key.startsWith('conv_out.')) parameters.data.set(await initial(key, shape), offset);
    const feeds = (await batch(0, 0)) as Batch;
    await using runtime = createThreadRuntime({ threads: 1 });
    await using session = await runtime.createSession(writeModel(graph, frozen));
    const { loss } = await session.run({ ...feeds, parameters });
    let expected = 0;
    for (let i = 0; i < feeds.noise.size; i++) {
      const item = Math.floor(i / (4 * PLANE));
      const noisy = feeds.sample.data[item * 13 * PLANE + (i % (4 * PLANE))];
      const alpha = alphas[feeds.timestep.data[item]];
      expected += (noiseOfNothing(noisy, alpha) - feeds.noise.data[i]) ** 2 / feeds.noise.size;
    }
    expect(toFloat32(loss).data[0]).toBeCloseTo(expected, 4);
  });
});

describe('a batch of the UNet', () => {
  let batch: Batch;
  /** Channel `channel` of the network's input, for an item. */
  const channelOf = (item: number, channel: number): Float32Array =>
    batch.sample.data.subarray((item * 13 + channel) * PLANE, (item * 13 + channel + 1) * PLANE);

  beforeAll(async () => {
    batch = await batchOf();
  });

  it('has latents with the noise of its timestep, the masked frame, and a reference of another time', () => {
    for (let item = 0; item < settings.batchSize; item++) {
      const frame = channelOf(item, 5)[0] / 0.5 - 100;
      const alpha = alphas[batch.timestep.data[item]];
      for (let i = 0; i < PLANE; i++) {
        const noise = batch.noise.data[item * 4 * PLANE + i];
        expect(channelOf(item, 0)[i]).toBeCloseTo(Math.sqrt(alpha) * frame * 0.5 + Math.sqrt(1 - alpha) * noise, 4);
      }
      const reference = channelOf(item, 9)[0] / 0.5;
      expect(Number.isInteger(reference)).toBe(true);
      expect(reference).not.toBe(frame);
      const heard = batch.encoder_hidden_states.data[item * TOKENS * 8];
      expect([0, 1 + Math.max(0, 2 * frame - 4)]).toContain(heard);
    }
  });

  it('hears nothing in about the share that is asked for', () => {
    const silent = Array.from({ length: settings.batchSize }, (_, item) => item).filter(
      (item) => batch.encoder_hidden_states.data[item * TOKENS * 8] === 0,
    );
    expect(silent.length).toBeGreaterThan(6);
    expect(silent.length).toBeLessThan(28);
  });

  it('hears one of the takes of the sound in each item', async () => {
    const takesOf = async (soundTakes: number): Promise<Set<number>> => {
      const { encoder_hidden_states: heard } = await batchOf({ soundTakes, audioDropout: 0 });
      return new Set(
        Array.from({ length: settings.batchSize }, (_, item) => Math.floor(heard.data[item * TOKENS * 8] / 100)),
      );
    };
    expect(await takesOf(1)).toEqual(new Set([0]));
    expect(await takesOf(3)).toEqual(new Set([0, 1, 2]));
  });

  it('has the asked share of its windows around a frame in which the lips meet', async () => {
    const windowsWithClosure = async (change: Partial<UNetRecipeSettings>): Promise<number> => {
      const { numFrames, batchSize } = { ...settings, ...change };
      const { sample } = await batchOf(change);
      const firstOf = (item: number): number => sample.data[(item * 13 + 5) * numFrames * PLANE] / 0.5 - 100;
      const starts = Array.from({ length: batchSize }, (_, item) => Math.round(firstOf(item)));
      return starts.filter((start) => start <= CLOSURE && CLOSURE < start + numFrames).length;
    };
    expect(await windowsWithClosure({ closureShare: 1 })).toBe(settings.batchSize);
    expect(await windowsWithClosure({ closureShare: 1, numFrames: 3, batchSize: 8 })).toBe(8);
    const half = await windowsWithClosure({ closureShare: 0.5 });
    expect(half).toBeGreaterThan(20);
    expect(half).toBeLessThan(55);
    expect(await windowsWithClosure({})).toBeLessThan(15);
  });

  it('is refused where lips should meet and no clip tells when they do', () => {
    expect(() => task({ closureShare: 0.5 }, 'epsilon', [{ ...clip, closures: [] }])).toThrow(
      '"data.closure_share" needs clips with labels of the spoken sounds',
    );
  });

  it('weighs all timesteps the same, or the predicted latents by a bounded signal-to-noise ratio', async () => {
    expect(new Set(batch.loss_weight.data)).toEqual(new Set([1]));
    const bounded = await batchOf({ snrGamma: 1, snrFloor: 0.2 });
    for (let item = 0; item < settings.batchSize; item++) {
      const alpha = alphas[bounded.timestep.data[item]];
      const snr = alpha / (1 - alpha);
      const weight = snr > 1 ? 1 / snr : snr < 0.2 ? 0.2 / snr : 1;
      expect(bounded.loss_weight.data[item]).toBeCloseTo(weight, 4);
    }
  });

  it('has noise with an offset in each channel when it is asked for', async () => {
    const spreadOfMeans = ({ noise }: Batch): number => {
      const means = Array.from({ length: settings.batchSize * 4 }, (_, channel) => {
        const values = noise.data.subarray(channel * PLANE, (channel + 1) * PLANE);
        return values.reduce((sum, value) => sum + value, 0) / PLANE;
      });
      return Math.sqrt(means.reduce((sum, mean) => sum + mean ** 2, 0) / means.length);
    };
    expect(spreadOfMeans(batch)).toBeCloseTo(1 / Math.sqrt(PLANE), 1);
    expect(spreadOfMeans(await batchOf({ noiseOffset: 2 }))).toBeGreaterThan(1.7);
  });
});
