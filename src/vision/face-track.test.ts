import { describe, expect, it } from 'vitest';
import { followedFace, largestFace } from './face-selection.ts';
import type { FaceDetection } from './face-selection.ts';
import { FaceTracker } from './face-track.ts';
import type { TrackEntry } from './face-track.ts';

/** A face of 100×120 whose one landmark is its box's corner. */
function faceAt(x: number, y = 50, size = 100): FaceDetection {
  return { box: { x, y, width: size, height: 1.2 * size }, score: 0.9, landmarks: [[x, y]] };
}

/** Pushes frames (undefined: no face; 'cut' before a face: a new shot) and returns everything that comes out. All faces are found anew. */
function track(tracker: FaceTracker<FaceDetection>, frames: readonly (FaceDetection[] | 'cut')[]): TrackEntry[] {
  const out: TrackEntry[] = [];
  let isCut = false;
  for (const frame of frames) {
    if (frame === 'cut') isCut = true;
    else {
      out.push(...tracker.push({ found: frame, isCut }));
      isCut = false;
    }
  }
  return [...out, ...tracker.finish()];
}

/** Of every frame, where the face of a track is. */
const columns = (frames: TrackEntry[], number = 0): (number | undefined)[] =>
  frames.map(({ faces }) => faces.find((face) => face.track === number)?.landmarks[0][0]);
const tracksOf = (frames: TrackEntry[]): number[][] => frames.map(({ faces }) => faces.map((face) => face.track));

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
  it('follows all faces, numbered as they appear', () => {
    const frames = [0, 1, 2, 3].map((i) => [faceAt(10 * i), ...(i > 0 ? [faceAt(400 - i, 50, 300)] : [])]);
    const out = track(new FaceTracker(), frames);
    expect(out.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(columns(out)).toEqual([0, 10, 20, 30]);
    expect(columns(out, 1)).toEqual([undefined, 399, 398, 397]);
    expect(tracksOf(out)).toEqual([[0], [0, 1], [0, 1], [0, 1]]);
  });

  it('takes faces that were followed, wherever they are, and others for new ones', () => {
    const tracker = new FaceTracker();
    tracker.push({ found: [faceAt(0)] });
    expect(tracker.open).toMatchObject([{ track: 0, gap: 0 }]);
    const out = [...tracker.push({ followed: new Map([[0, faceAt(300)]]), found: [faceAt(10)] }), ...tracker.finish()];
    expect(columns(out)).toEqual([0, 300]);
    expect(columns(out, 1)).toEqual([undefined, 10]);
  });

  it('bridges a short gap by interpolation', () => {
    const out = track(new FaceTracker({ smoothingRadius: 0 }), [[faceAt(0)], [], [], [], [faceAt(40)]]);
    expect(columns(out)).toEqual([0, 10, 20, 30, 40]);
    expect(out.map(({ faces }) => faces[0].found === undefined)).toEqual([false, true, true, true, false]);
    expect(out[2].faces[0].box).toEqual({ x: 20, y: 50, width: 100, height: 120 });
  });

  it('leaves a long gap, and starts a new track after it', () => {
    const out = track(new FaceTracker({ maximumGap: 2 }), [[faceAt(0)], [], [], [], [faceAt(10)], [faceAt(10)]]);
    expect(tracksOf(out)).toEqual([[0], [], [], [], [1], [1]]);
  });

  it('has nothing before the first face and after the last', () => {
    const out = track(new FaceTracker(), [[], [], [faceAt(5)], [], []]);
    expect(columns(out)).toEqual([undefined, undefined, 5, undefined, undefined]);
    expect(out.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('starts anew at a cut and bridges nothing across it', () => {
    const out = track(new FaceTracker(), [[faceAt(0)], [], 'cut', [faceAt(0)], [faceAt(2)]]);
    expect(tracksOf(out)).toEqual([[0], [], [1], [1]]);
  });

  it('smooths jitter but not steady or accelerated motion, and not across a cut', () => {
    const moving = Array.from({ length: 20 }, (_, i) => [faceAt(100 + 2 * i + 0.3 * i * i)]);
    const jumped = Array.from({ length: 20 }, () => [faceAt(700)]);
    const out = track(new FaceTracker(), [...moving, 'cut', ...jumped]);
    out.forEach(({ faces }, i) => {
      expect(faces[0].landmarks[0][0]).toBeCloseTo(i < 20 ? 100 + 2 * i + 0.3 * i * i : 700, 9);
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
      const found = [...(present ? [faceAt(100 + (i % 30))] : []), ...(i % 3 > 0 ? [faceAt(500)] : [])];
      for (const { index } of tracker.push({ found })) expect(index).toBe(given++);
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
