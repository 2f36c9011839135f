// SyncNet on streamed frames and sound: the same as on all of them at once.
import { afterAll, describe, expect, it } from 'vitest';
import { mfcc } from '../audio/mfcc.ts';
import { hashed, hashedCheckpoint } from '../models/hashed-weights.ts';
import { SyncNetV2 } from '../models/syncnet-v2.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { scoreOfDistances, syncScore } from './sync-score.ts';
import { syncNetCrop } from './syncnet-crop.ts';
import { SyncNetJudge, SyncNetWatch } from './syncnet-judge.ts';
import { streamedMfcc } from './syncnet-mfcc.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime[Symbol.asyncDispose]());

/** A picture of 40×30 pixels that is a ramp: red to the right, green downward. */
function ramp(blue = 0): Image8 {
  const image = createImage8(40, 30, 4);
  for (let i = 0; i < 40 * 30; i++) image.data.set([5 * (i % 40), 5 * Math.floor(i / 40), blue, 255], 4 * i);
  return image;
}

describe('syncNetCrop', () => {
  const area = 224 ** 2;

  it('takes the square, 0.4 wider to each side and 0.8 lower, blue first', () => {
    const planes = syncNetCrop(ramp(77), { centerX: 20, centerY: 12, halfSide: 8 });
    // 22.4 pixels become 224: from 8.8 to 31.2 across, from 4 to 26.4 down; the middles of the outer pixels are 0.45 less than half a pixel in.
    const at = (channel: number, x: number, y: number): number => planes[channel * area + y * 224 + x];
    expect(at(0, 100, 100)).toBe(77);
    expect(at(2, 0, 100)).toBe(Math.floor(5 * (8.8 + 0.05 - 0.5)));
    expect(at(2, 223, 100)).toBe(Math.floor(5 * (31.2 - 0.05 - 0.5)));
    expect(at(1, 100, 0)).toBe(Math.floor(5 * (4 + 0.05 - 0.5)));
  });

  it('is gray 110 beyond the picture', () => {
    const planes = syncNetCrop(ramp(), { centerX: 0, centerY: 0, halfSide: 8 });
    expect([0, area, 2 * area].map((at) => planes[at])).toEqual([110, 110, 110]);
  });
});

it('streamed MFCC is that of the whole sound', async () => {
  const sound = hashed('sound', [200_000]).data;
  const whole = mfcc(sound);
  const streamed = await streamedMfcc([sound.subarray(0, 77), sound.subarray(77, 170_001), sound.subarray(170_001)]);
  expect(streamed.shape).toEqual(whole.shape);
  expect(streamed.data).toEqual(whole.data);
});

it('a watched track has the distances of all windows at once, with nothing heard before it and after it', async () => {
  await using judge = await SyncNetJudge.open(runtime, hashedCheckpoint(new SyncNetV2(), 'sn.'));
  const frames = Array.from({ length: 14 }, (_, i) => ramp(10 * i));
  const place = { centerX: 20, centerY: 12, halfSide: 8 };
  const rows = mfcc(hashed('sound', [16_000]).data);
  const track = { firstFrame: 3, places: frames.map(() => place) };
  const watch = new SyncNetWatch(judge, track, { rows, laterRows: 2 });
  for (const frame of frames) await watch.watch(frame);
  await watch.finish();

  const crops = frames.map((frame) => syncNetCrop(frame, place));
  const windows = Array.from({ length: 10 }, (_, i) => crops.slice(i, i + 5));
  const lips = await judge.embedLips(windows);
  const sound = await judge.embedSound(
    rows,
    windows.map((_, i) => (3 + i) * 4 - 2),
  );
  expect(watch.distances).toHaveLength(10);
  const [streamed, whole] = [scoreOfDistances(watch.distances), syncScore(lips, sound)];
  expect(streamed.offset).toBe(whole.offset);
  expect(streamed.confidence).toBeCloseTo(whole.confidence, 4);
  expect(streamed.minDistance).toBeCloseTo(whole.minDistance, 4);
});
