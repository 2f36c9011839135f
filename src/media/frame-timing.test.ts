import { describe, expect, test } from 'vitest';
import { constantRateSchedule, frameTimingOf, lastAtOrBefore, sourceSchedule } from './frame-timing.ts';

const grid = (count: number, fps: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i / fps);

describe('frameTimingOf', () => {
  test.each([24000 / 1001, 25, 30000 / 1001, 30, 50, 12, 13.7])('recognizes %d frames per second', (fps) => {
    const { frameRate, variableFrameRate } = frameTimingOf(grid(200, fps), 1 / fps);
    expect(frameRate).toBeCloseTo(fps, 9);
    expect(variableFrameRate).toBe(false);
  });

  test('times rounded to milliseconds are still constant', () => {
    const rounded = grid(5000, 30000 / 1001).map((time) => Math.round(time * 1000) / 1000);
    expect(frameTimingOf(rounded, 0.033)).toEqual({ frameRate: 30000 / 1001, variableFrameRate: false });
  });

  test('uneven times are variable', () => {
    const timing = frameTimingOf(Float64Array.of(0, 0.04, 0.12, 0.16, 0.2), 0.04);
    expect(timing).toEqual({ frameRate: 20, variableFrameRate: true });
  });

  test('a single frame counts by its duration', () => {
    expect(frameTimingOf(Float64Array.of(0), 0.04).frameRate).toBe(25);
  });
});

describe('schedules', () => {
  test('the source schedule keeps every time', () => {
    const schedule = sourceSchedule(Float64Array.of(0, 0.04, 0.12), 0.2);
    expect(schedule.count).toBe(3);
    expect([0, 1, 2].map((slot) => schedule.timestamp(slot))).toEqual([0, 0.04, 0.12]);
    expect(schedule.duration(1)).toBeCloseTo(0.08);
    expect(schedule.duration(2)).toBeCloseTo(0.08);
  });

  const sources = (timestamps: Float64Array, end: number, fps: number): number[] => {
    const schedule = constantRateSchedule(timestamps, end, fps);
    return Array.from({ length: schedule.count }, (_, slot) => schedule.sourceIndex(slot));
  };

  test('the same rate uses every frame once, in spite of jitter', () => {
    const jittered = grid(50, 25).map((time, i) => (i % 3 === 0 ? time : time + (i % 2 === 0 ? 0.015 : -0.015)));
    expect(sources(jittered, 2, 25)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('30 to 25 drops every sixth frame', () => {
    expect(sources(grid(12, 30), 0.4, 25)).toEqual([0, 1, 3, 4, 5, 6, 7, 9, 10, 11]);
  });

  test('10 to 25 repeats frames', () => {
    expect(sources(grid(4, 10), 0.4, 25)).toEqual([0, 0, 1, 1, 1, 2, 2, 3, 3, 3]);
  });

  test('lastAtOrBefore', () => {
    const values = Float64Array.of(0, 1, 2);
    expect([-1, 0, 0.5, 2, 9].map((value) => lastAtOrBefore(values, value))).toEqual([-1, 0, 0, 2, 2]);
  });
});
