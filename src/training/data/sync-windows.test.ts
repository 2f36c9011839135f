// Windows of a batch: as many as asked, apart from each other, several of a clip, and as many as there is room for.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../synthetic/random.ts';
import { drawSyncWindows, roomForSyncWindows } from './sync-windows.ts';

describe('drawSyncWindows', () => {
  it.each([
    { starts: [60, 60, 60, 60], batchSize: 16, windowsPerClip: 4, minShift: 5 },
    { starts: [60, 60, 60, 60, 60], batchSize: 7, windowsPerClip: 1, minShift: 5 },
    { starts: [3, 40, 1], batchSize: 6, windowsPerClip: 8, minShift: 6 },
    { starts: [30], batchSize: 30, windowsPerClip: 3, minShift: 1 },
  ])('draws windows that are apart: %j', ({ starts, ...batch }) => {
    expect(roomForSyncWindows(starts, batch.minShift)).toBeGreaterThanOrEqual(batch.batchSize);
    for (let seed = 0; seed < 50; seed++) {
      const windows = drawSyncWindows(new SeededRandom(seed), starts, batch);
      expect(windows).toHaveLength(batch.batchSize);
      windows.forEach(({ clip, start }, index) => {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThan(starts[clip]);
        for (const other of windows.slice(index + 1)) {
          if (other.clip === clip) expect(Math.abs(other.start - start)).toBeGreaterThanOrEqual(batch.minShift);
        }
      });
    }
  });

  it('draws several of one clip, so that its sound at other times is among the wrong ones', () => {
    const batch = { batchSize: 12, windowsPerClip: 4, minShift: 5 };
    const windows = drawSyncWindows(new SeededRandom(1), Array<number>(1000).fill(60), batch);
    expect(new Set(windows.map(({ clip }) => clip)).size).toBe(3);
  });
});

it('counts the windows that fit wherever they are drawn', () => {
  // Of ten starts one in the middle leaves one on each side at a distance of five, or of six none of them.
  expect(roomForSyncWindows([10], 5)).toBe(2);
  expect(roomForSyncWindows([10, 1], 6)).toBe(2);
  expect(roomForSyncWindows([0], 5)).toBe(0);
});
