import { describe, expect, it } from 'vitest';
import { FrameTimeline, type FrameTimes, type PacketTime } from './frame-times.ts';

const HOUR = 3600;

/** The frames that packets make; those of 0.04 s where only the start is given. */
function timesOf(packets: readonly (number | PacketTime)[], options?: { isCutOff: boolean }): FrameTimes {
  const timeline = new FrameTimeline({ gapSeconds: HOUR });
  for (const packet of packets) timeline.add(typeof packet === 'number' ? { start: packet, duration: 0.04 } : packet);
  return timeline.finish(options);
}

/** Every 0.04 s from a start on. */
const evenly = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i * 0.04);

const rounded = (values: Iterable<number>): number[] => Array.from(values, (value) => Number(value.toFixed(3)));

describe('the times of frames', () => {
  it('are those of the packets, in order', () => {
    const { timestamps, end, shifts, strays, crowded } = timesOf([0, 0.16, 0.08, 0.04, 0.12]);
    expect([...timestamps]).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
    expect(end).toBeCloseTo(0.2, 9);
    expect({ shifts, strays, crowded }).toEqual({ shifts: [], strays: [], crowded: 0 });
  });

  it('may be far apart where a picture stands still', () => {
    const slides = [0, 12, 24, 50, 50 + 0.9 * HOUR].map((start) => ({ start, duration: 0 }));
    expect([...timesOf(slides).timestamps]).toEqual(slides.map(({ start }) => start));
    const long = [0, 1800, 1800.04];
    expect([...timesOf(long).timestamps]).toEqual(long);
  });

  it('leave out a frame whose time cannot be right', () => {
    for (const wrong of [9e5, 200, -1000]) {
      const { timestamps, strays, strayPlaces } = timesOf([...evenly(0, 10), wrong, ...evenly(0.44, 10)]);
      expect(rounded(timestamps)).toEqual(rounded([...evenly(0, 10), ...evenly(0.44, 10)]));
      expect(strays).toEqual([wrong]);
      expect(rounded(strayPlaces)).toEqual([0.4, 0.4]);
    }
  });

  it('leave out a frame so far away that those beside it would begin at once', () => {
    for (const place of [0, 5, 10]) {
      const times = evenly(0, 10);
      const { timestamps, end, strays, crowded } = timesOf([...times.slice(0, place), 6.7e16, ...times.slice(place)]);
      expect(timestamps).toEqual(Float64Array.from(times));
      expect(end).toBeCloseTo(0.4, 9);
      expect({ strays, crowded }).toEqual({ strays: [6.7e16], crowded: 0 });
    }
  });

  it('go on where they begin anew or leap by more than can be', () => {
    for (const leap of [-5, 3e7]) {
      const { timestamps, end, shifts, shiftedAt, strays } = timesOf([
        ...evenly(100, 20),
        ...evenly(100 + leap * 20, 20),
      ]);
      expect(rounded(timestamps)).toEqual(rounded(evenly(100, 40)));
      expect(end).toBeCloseTo(101.6, 6);
      expect(shifts).toEqual([{ packet: 20, seconds: expect.closeTo(0.8 - leap * 20, 5) as number }]);
      expect(shiftedAt).toBeCloseTo(100.8, 9);
      expect(strays).toEqual([]);
    }
  });

  it('leave out what is shown for less than a millisecond', () => {
    const { timestamps, crowded } = timesOf([0, 0.04, 0.04, 0.0403, 0.08]);
    expect([...timestamps]).toEqual([0, 0.04, 0.08]);
    expect(crowded).toBe(2);
    expect(timesOf(Array.from({ length: 900 }, (_, i) => i * 1e-6)).timestamps).toHaveLength(1);
  });

  it('end with the last frame, which does not last for years', () => {
    expect(timesOf([0, 0.04, { start: 0.08, duration: 1e9 }]).end).toBeCloseTo(0.12, 9);
    expect(timesOf([{ start: 0, duration: 1e9 }]).end).toBeCloseTo(0.04, 9);
    expect(timesOf([{ start: 0, duration: 1e-6 }]).end).toBeCloseTo(0.04, 9);
    expect(timesOf([{ start: 0, duration: 60 }]).end).toBe(60);
  });

  it('end before the first hole where the file is cut off', () => {
    const reordered = [...evenly(0, 20), 0.96, 0.88]; // 0.80, 0.84 and 0.92 are missing
    expect(timesOf(reordered).timestamps).toHaveLength(22);
    expect(rounded(timesOf(reordered, { isCutOff: true }).timestamps)).toEqual(rounded(evenly(0, 20)));
    const uneven = [0, 0.04, 0.5].map((start) => ({ start, duration: 0.04, decoded: start }));
    expect(timesOf(uneven, { isCutOff: true }).timestamps).toHaveLength(3);
  });

  it('say which frames only repeat the one before', () => {
    const packets = [0, { start: 0.04, duration: 0.04, repeats: true }, 0.08];
    expect([...timesOf(packets).repeats]).toEqual([0, 1, 0]);
  });
});
