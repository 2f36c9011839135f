import { describe, expect, it } from 'vitest';
import { followedFace, largestFace } from './face-selection.ts';
import type { FaceDetection } from './face-selection.ts';
import { FaceTracker } from './face-track.ts';
import type { TrackEntry } from './face-track.ts';

/** A face of 100×120 whose one landmark is its box's corner. */
function faceAt(x: number, y = 50, size = 100): FaceDetection {
  return { box: { x, y, width: size, height: 1.2 * size }, score: 0.9, landmarks: [[x, y]] };
}

/** Pushes frames (undefined: no face; 'cut' before a face: a new shot) and returns everything that comes out. */
function track(tracker: FaceTracker, frames: readonly (FaceDetection[] | 'cut')[]): TrackEntry[] {
  const out: TrackEntry[] = [];
  let isCut = false;
  for (const frame of frames) {
    if (frame === 'cut') isCut = true;
    else {
      out.push(...tracker.push(frame, isCut));
      isCut = false;
    }
  }
  return [...out, ...tracker.finish()];
}

const columns = (frames: TrackEntry[]): (number | undefined)[] => frames.map(({ face }) => face?.landmarks[0][0]);

describe('largestFace', () => {
  it('takes the largest of the faces within the reference’s limits', () => {
    const wide: FaceDetection = { ...faceAt(0), box: { x: 0, y: 0, width: 400, height: 200 } };
    const unsure: FaceDetection = { ...faceAt(0, 0, 300), score: 0.4 };
    const small = faceAt(0, 0, 49);
    expect(largestFace([faceAt(1, 1, 90), faceAt(2, 2, 110), wide, unsure, small])?.box.x).toBe(2);
    expect(largestFace([wide, unsure, small])).toBeUndefined();
    expect(largestFace([small], { ...wideLimits, minimumWidth: 10, minimumHeight: 10 })).toBe(small);
  });
});

const wideLimits = { minimumWidth: 50, minimumHeight: 80, minimumAspect: 0.2, maximumAspect: 1.5, minimumScore: 0.5 };

describe('followedFace', () => {
  it('takes the one that overlaps most, not the largest, and none that does not', () => {
    const previous = faceAt(0).box;
    expect(followedFace([faceAt(40), faceAt(10), faceAt(200, 50, 300)], previous)?.box.x).toBe(10);
    expect(followedFace([faceAt(200)], previous)).toBeUndefined();
  });
});

describe('FaceTracker', () => {
  it('follows the first largest face past a larger one', () => {
    const frames = [0, 1, 2, 3].map((i) => [faceAt(10 * i), ...(i > 0 ? [faceAt(400, 50, 300)] : [])]);
    const out = track(new FaceTracker(), frames);
    expect(out.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(columns(out)).toEqual([0, 10, 20, 30]);
    expect(out.map(({ face }) => face?.startsTrack)).toEqual([true, false, false, false]);
  });

  it('bridges a short gap by interpolation', () => {
    const out = track(new FaceTracker({ smoothingRadius: 0 }), [[faceAt(0)], [], [], [], [faceAt(40)]]);
    expect(columns(out)).toEqual([0, 10, 20, 30, 40]);
    expect(out.map(({ face }) => face?.bridged)).toEqual([false, true, true, true, false]);
    expect(out[2].face?.box).toEqual({ x: 20, y: 50, width: 100, height: 120 });
  });

  it('passes a long gap through and starts a new track after it', () => {
    const out = track(new FaceTracker({ maximumGap: 2 }), [[faceAt(0)], [], [], [], [faceAt(600)], [faceAt(600)]]);
    expect(columns(out)).toEqual([0, undefined, undefined, undefined, 600, 600]);
    expect(out[4].face?.startsTrack).toBe(true);
  });

  it('passes frames through before the first face and after the last', () => {
    const out = track(new FaceTracker(), [[], [], [faceAt(5)], [], []]);
    expect(columns(out)).toEqual([undefined, undefined, 5, undefined, undefined]);
    expect(out.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes the largest face anew at a cut and bridges nothing across it', () => {
    const largest = faceAt(500, 50, 200);
    const out = track(new FaceTracker(), [[faceAt(0)], [], 'cut', [faceAt(20), largest], [faceAt(510, 50, 200)]]);
    expect(columns(out)).toEqual([0, undefined, 500, 510]);
    expect(out[2].face?.startsTrack).toBe(true);
  });

  it('smooths jitter but not steady or accelerated motion, and not across a cut', () => {
    const moving = Array.from({ length: 20 }, (_, i) => [faceAt(100 + 2 * i + 0.3 * i * i)]);
    const jumped = Array.from({ length: 20 }, () => [faceAt(700)]);
    const out = columns(track(new FaceTracker(), [...moving, 'cut', ...jumped]));
    out.forEach((x, i) => {
      expect(x).toBeCloseTo(i < 20 ? 100 + 2 * i + 0.3 * i * i : 700, 9);
    });
    const noise = (i: number): number => ((Math.imul(i + 1, 0x9e3779b1) >>> 16) / 65536 - 0.5) * 4;
    const jittery = Array.from({ length: 200 }, (_, i) => [faceAt(100 + noise(i))]);
    const deviation = (values: number[]): number => Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
    const smoothed = columns(track(new FaceTracker(), jittery)).map((x) => x! - 100);
    const raw = jittery.map((_, i) => noise(i));
    expect(deviation(smoothed)).toBeLessThan(0.7 * deviation(raw));
  });

  it('never lags by more than the gap and the smoothing together', () => {
    const tracker = new FaceTracker({ maximumGap: 4, smoothingRadius: 2 });
    let given = 0;
    for (let i = 0; i < 400; i++) {
      const present = i % 17 < 9 || i % 5 === 0;
      for (const { index } of tracker.push(present ? [faceAt(100 + (i % 30))] : [])) {
        expect(index).toBe(given++);
      }
      expect(i + 1 - given).toBeLessThanOrEqual(4 + 2);
    }
    for (const { index } of tracker.finish()) expect(index).toBe(given++);
    expect(given).toBe(400);
  });

  it('refuses options out of range', () => {
    expect(() => new FaceTracker({ maximumGap: -1 })).toThrow('options.maximumGap must be an integer');
    expect(() => new FaceTracker({ smoothingRadius: 1.5 })).toThrow('options.smoothingRadius must be an integer');
  });
});
