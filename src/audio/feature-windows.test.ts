import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import {
  chunkIndices,
  encoderWindows,
  featureChunk,
  FeatureJoiner,
  featureRowCount,
  firstRowFrom,
  frameCount,
  keptRowsOf,
  windowsOfRows,
} from './feature-windows.ts';

const golden = readGolden('audio/features.safetensors');
const rows = golden.tensor('features').shape[0];

describe('golden chunks', () => {
  it.each([24, 25, 29.97, 30, 50])('at %d frames per second are the reference’s', (fps) => {
    const count = frameCount(rows, fps, { reference: true });
    expect(count).toBe(golden.numbers(`chunks_fps${fps}_count`)[0]);
    const indices = Array.from({ length: count }, (_, i) => chunkIndices(rows, i, fps)).flat();
    expect(indices).toEqual(golden.numbers(`chunks_fps${fps}_index`));
  });

  it('hold the features of their rows', () => {
    const features = Float32Array.from(golden.numbers('features'));
    const width = features.length / rows;
    const chunks = (frames: number[]) =>
      frames.map((i) => [...featureChunk(features, width, chunkIndices(rows, i, 25))]).flat();
    expect(chunks([0, 1, 2, 3])).toEqual(golden.numbers('chunks_fps25_first4'));
    expect(chunks([142, 143, 144, 145])).toEqual(golden.numbers('chunks_fps25_last4'));
  });
});

describe('frameCount', () => {
  it('counts the frames that begin before the audio ends', () => {
    expect(frameCount(289, 25)).toBe(145);
    expect(frameCount(288, 25)).toBe(144);
    expect(frameCount(500, 24)).toBe(240);
    expect(frameCount(0, 25)).toBe(0);
    expect(frameCount(3000, 29.97)).toBe(1799);
    expect(frameCount(50 * 3600, 30000 / 1001)).toBe(Math.ceil((3600 * 30000) / 1001));
  });

  it('refuses frame rates that are none', () => {
    expect(() => frameCount(10, 0)).toThrow('fps must be a number');
    expect(() => chunkIndices(10, 0, NaN)).toThrow('fps must be a number');
    expect(() => chunkIndices(0, 0, 25)).toThrow('rows must be an integer from 1');
  });
});

describe('chunkIndices', () => {
  it('takes other contexts', () => {
    expect(chunkIndices(100, 10, 25, { audioFeatLength: [0, 0] })).toEqual([20, 21]);
    expect(chunkIndices(100, 10, 25, { audioFeatLength: [1, 2] })).toEqual([18, 19, 20, 21, 22, 23, 24, 25]);
  });
});

describe('featureChunk', () => {
  it('counts rows from the first one given, and refuses others', () => {
    const features = Float32Array.of(10, 11, 20, 21);
    expect([...featureChunk(features, 2, [6, 5, 6], 5)]).toEqual([20, 21, 10, 11, 20, 21]);
    expect(() => featureChunk(features, 2, [4], 5)).toThrow('Row 4 is not among the features');
    expect(() => featureChunk(features, 2, [7], 5)).toThrow('Row 7 is not among the features');
  });
});

describe('encoderWindows', () => {
  it('go end to end without overlap, as the reference’s', () => {
    const windows = encoderWindows(6501, { overlap: 0 });
    expect(windows.map(({ melStart, melEnd }) => [melStart, melEnd])).toEqual([
      [0, 3000],
      [3000, 6000],
      [6000, 6501],
    ]);
    expect(windows.map(({ rowsKeptFrom, rowsKeptTo }) => [rowsKeptFrom, rowsKeptTo])).toEqual([
      [0, 1500],
      [1500, 3000],
      [3000, 3250],
    ]);
    expect(encoderWindows(3001, { overlap: 0 })).toHaveLength(1);
  });

  it('are one for short audio', () => {
    for (const melFrames of [1, 11, 2999, 3000]) {
      expect(encoderWindows(melFrames)).toEqual([
        {
          melStart: 0,
          melEnd: melFrames,
          rowsKeptFrom: 0,
          rowsKeptTo: featureRowCount(melFrames),
          fadeIn: 0,
          fadeOut: 0,
        },
      ]);
    }
  });

  it('keep rows with context on both sides', () => {
    for (const window of encoderWindows(100_000).slice(1, -1)) {
      expect(window.melEnd - window.melStart).toBe(3000);
      expect(window.rowsKeptFrom - window.melStart / 2).toBeGreaterThan(225);
      expect(window.melEnd / 2 - window.rowsKeptTo).toBeGreaterThan(225);
    }
  });

  it('cover any audio exactly, for any overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12_000 }),
        fc.integer({ min: 0, max: 1000 }).map((half) => 2 * half),
        fc.integer({ min: 0, max: 40 }),
        (melFrames, overlap, fade) => {
          const crossFade = Math.min(fade, overlap / 2);
          const windows = encoderWindows(melFrames, { overlap, crossFade });
          let covered = 0;
          windows.forEach((window, i) => {
            expect(window.melStart % 2).toBe(0);
            expect(window.melEnd - window.melStart).toBeLessThanOrEqual(3000);
            expect(window.rowsKeptFrom).toBe(covered - (i === 0 ? 0 : crossFade));
            expect(window.rowsKeptFrom).toBeGreaterThanOrEqual(window.melStart / 2);
            expect(window.rowsKeptTo).toBeLessThanOrEqual(Math.floor(window.melEnd / 2));
            expect(window.rowsKeptTo).toBeGreaterThan(window.rowsKeptFrom);
            covered = window.rowsKeptTo;
          });
          expect(covered).toBe(featureRowCount(melFrames));
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it('refuses overlaps that are none', () => {
    expect(() => encoderWindows(5000, { overlap: 3000 })).toThrow('options.overlap must be an integer from 0 to 2998');
    expect(() => encoderWindows(5000, { overlap: 3 })).toThrow('options.overlap must be even');
    expect(() => encoderWindows(5000, { overlap: 10, crossFade: 6 })).toThrow('options.crossFade');
    expect(() => encoderWindows(0)).toThrow('melFrames must be an integer from 1');
  });
});

describe('FeatureJoiner', () => {
  const rowsOf = (melFrames: number, valueOf: (row: number, window: number) => number, overlap?: number) => {
    const joiner = new FeatureJoiner(2);
    const out: number[] = [];
    encoderWindows(melFrames, { overlap }).forEach((window, w) => {
      const first = window.melStart / 2;
      const features = Float32Array.from(
        { length: 2 * 1500 },
        (_, i) => valueOf(first + (i >> 1), w) * (i % 2 ? -1 : 1),
      );
      out.push(...joiner.add(window, keptRowsOf(window, features, 2)));
    });
    return out;
  };

  it('gives every row once, in order', () => {
    for (const overlap of [0, 1000, undefined]) {
      const out = rowsOf(12_345, (row) => row, overlap);
      expect(out.length).toBe(2 * featureRowCount(12_345));
      out.forEach((value, i) => {
        if (Math.abs(value - (i >> 1) * (i % 2 ? -1 : 1)) > 1e-3) throw new Error(`row ${i >> 1} is ${value}`);
      });
    }
  });

  it('passes smoothly from one window to the next', () => {
    const out = rowsOf(5000, (_, window) => window).filter((_, i) => i % 2 === 0);
    expect(out[0]).toBe(0);
    expect(out[out.length - 1]).toBe(1);
    const steps = out.slice(1).map((value, i) => value - out[i]);
    expect(Math.max(...steps)).toBeLessThan(0.04);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(out.indexOf(out.find((value) => value >= 0.5) ?? NaN)).toBe(1250);
  });

  it('gives the same rows when it begins later and ends earlier, from no more windows than they need', () => {
    const melFrames = fc.integer({ min: 2, max: 20_000 });
    const overlap = fc.constantFrom(0, 1000, 2500);
    const shares = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    const property = fc.property(melFrames, overlap, shares, (frames, shared, [a, b]) => {
      const all = encoderWindows(frames, { overlap: shared });
      const rows = featureRowCount(frames);
      const [from, last] = [a, b].map((share) => Math.min(rows - 1, Math.floor(share * rows))).sort((x, y) => x - y);
      const join = (windows: typeof all): number[] => {
        const joiner = new FeatureJoiner(1);
        // Every window gives other numbers for the same row.
        const featuresOf = (window: (typeof all)[number]): Float32Array =>
          Float32Array.from({ length: 1500 }, (_, row) => 10_000 * all.indexOf(window) + window.melStart / 2 + row);
        return windows.flatMap((window) => [...joiner.add(window, keptRowsOf(window, featuresOf(window), 1))]);
      };
      const windows = windowsOfRows(all, { from, to: last + 1 });
      const first = firstRowFrom(windows[0]);
      expect(join(windows).slice(from - first, last + 1 - first)).toEqual(join(all).slice(from, last + 1));
      if (windows.length === 1) return;
      expect(firstRowFrom(windows[1])).toBeGreaterThan(from);
      expect(windows.at(-1)!.rowsKeptFrom).toBeLessThanOrEqual(last);
    });
    fc.assert(property, { numRuns: 60, seed: 1 });
  });

  it('refuses windows out of order and rows that are too few', () => {
    const [first, second] = encoderWindows(5000);
    const joiner = new FeatureJoiner(1);
    const rowsOf = ({ rowsKeptFrom, rowsKeptTo }: typeof first) => new Float32Array(rowsKeptTo - rowsKeptFrom);
    joiner.add(second, rowsOf(second));
    expect(() => joiner.add(second, rowsOf(second))).toThrow('windows in order');
    expect(() => new FeatureJoiner(1).add(first, new Float32Array(100))).toThrow('got 100 rows');
  });
});
