// Expected work: it follows what a job asks for.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { estimateWork, type WorkOptions } from './job-work.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';

let model: LipsyncModel;
beforeAll(async () => {
  model = await openLipsyncModel('tiny');
});
afterAll(() => model[Symbol.asyncDispose]());

function work(more: Partial<WorkOptions> = {}, settings: Partial<WorkOptions['settings']> = {}) {
  return estimateWork({
    model,
    video: { width: 640, height: 480 },
    speeches: [{ measure: { melFrames: 1000 }, heardRows: { from: 0, to: 500 } }],
    frames: 100,
    drawnFaces: 100,
    trackedFrames: 100,
    isLoaded: false,
    ...more,
    settings: {
      numInferenceSteps: 10,
      guidanceScale: 1,
      deepCacheInterval: 1,
      reference: false,
      bestOf: 1,
      ...settings,
    },
  });
}

it('a window is drawn as often as there are seeds', () => {
  const [once, twice, thrice] = [1, 2, 3].map((bestOf) => work({}, { bestOf }));
  expect(twice.sync).toBeGreaterThan(1.5 * once.sync);
  expect(thrice.sync - twice.sync).toBeCloseTo(twice.sync - once.sync, 6);
  expect(twice).toEqual({ ...once, sync: twice.sync });
});

it('loading counts only where something is loaded', () => {
  expect(work().load).toBeGreaterThan(0);
  expect(work({ isLoaded: true })).toEqual({ ...work(), load: 0 });
});

it('drawing grows with frames, steps and guidance, and shrinks with DeepCache', () => {
  const { sync } = work();
  expect(work({ frames: 1000, drawnFaces: 1000 }).sync / sync).toBeCloseTo(10, 0);
  expect(work({ frames: 1000 }).sync / sync).toBeLessThan(8); // the others are only passed on
  expect(work({}, { numInferenceSteps: 20 }).sync).toBeGreaterThan(1.2 * sync);
  expect(work({}, { guidanceScale: 2 }).sync).toBeGreaterThan(1.2 * sync);
  expect(work({}, { deepCacheInterval: 3 }).sync).toBeLessThan(sync);
  expect(work({ video: { width: 3840, height: 2160 } }).sync).toBeGreaterThan(sync);
});

it('finding faces grows with the frames of the video', () => {
  expect(work({ trackedFrames: 1000 }).faces / work().faces).toBeCloseTo(10, 5);
});

it('hearing grows with the part of the audio that is heard', () => {
  const measure = { melFrames: 60_000 };
  expect(work({ speeches: [{ measure, heardRows: { from: 0, to: 30_000 } }] }).audio / work().audio).toBeGreaterThan(
    15,
  );
  expect(
    work({ speeches: [{ measure, heardRows: { from: 29_000, to: 29_500 } }] }).audio / work().audio,
  ).toBeLessThanOrEqual(2);
});
