import { describe, expect, test } from 'vitest';
import { fraction, PictureTimes, type PictureTiming } from './picture-times.ts';

/** The order in which an encoder gives out pictures with two B-frames between others, one of which others refer to. */
const order = [0, 4, 2, 1, 3, 8, 6, 5, 7];
const DELAY = 2;

function timing(frameRate: number, variableFrameRate: boolean): PictureTiming {
  return { frameRate, variableFrameRate, longestFrameSeconds: 1 };
}

function packets(times: PictureTimes, starts: readonly number[], lastDuration: number) {
  starts.forEach((start, index) => {
    times.add(start, (starts[index + 1] ?? start + lastDuration) - start);
  });
  const packets = order.map((shown, place) => times.of(shown, place - DELAY));
  const seconds = (ticks: number): number => (ticks * times.timeBase.num) / times.timeBase.den;
  return { packets, shown: order.map((_, index) => seconds(packets[order.indexOf(index)].pts)) };
}

describe('the times of packets', () => {
  test.each([
    [24000 / 1001, 24000],
    [30000 / 1001, 30000],
    [60000 / 1001, 60000],
    [25, 25],
    [12.5, 25],
    [23.976, 2997],
  ])('are whole ticks at %d frames per second', (frameRate, ticks) => {
    const times = new PictureTimes(timing(frameRate, false));
    expect(times.timeBase).toEqual({ num: 1, den: ticks });
    const starts = order.map((_, index) => index / frameRate);
    const { packets: found, shown } = packets(times, starts, 1 / frameRate);
    starts.forEach((start, index) => {
      expect(shown[index]).toBeCloseTo(start, 9);
    });
    const [{ duration }] = found;
    expect(duration).toBe(Math.round(ticks / frameRate));
    expect(found.map(({ dts }) => dts)).toEqual(order.map((_, place) => (place - DELAY) * duration));
    expect(found.every((packet) => packet.duration === duration && packet.dts <= packet.pts)).toBe(true);
  });

  test('go to the grid of a constant rate, each to its own place', () => {
    const starts = [0, 0.041, 0.0799, 0.121, 0.16, 0.2, 0.24, 0.36, 0.4];
    const { shown } = packets(new PictureTimes(timing(25, false)), starts, 0.04);
    const places = [0, 1, 2, 3, 4, 5, 6, 9, 10];
    shown.forEach((seconds, index) => {
      expect(seconds).toBeCloseTo(places[index] / 25, 9);
    });
  });

  test.each([90000, 1000, 600, 24000 / 1001, 30000 / 1001, 60000 / 1001, 48])(
    'are exact where frames have their own, counted in 1/%d s',
    (ticks) => {
      const starts = [0, 3, 4, 9, 10, 11, 40, 41, 60].map((count) => count / ticks);
      const { packets: found, shown } = packets(new PictureTimes(timing(25, true)), starts, 7 / ticks);
      starts.forEach((start, index) => {
        expect(shown[index]).toBeCloseTo(start, 9);
      });
      found.forEach(({ dts, pts }, place) => {
        expect(dts).toBeLessThanOrEqual(pts);
        if (place > 0) expect(dts).toBeGreaterThan(found[place - 1].dts);
      });
    },
  );

  test('say how long the last picture is shown, by when the next one is decoded', () => {
    const starts = [0, 0.04, 0.13, 0.2, 0.21, 0.35, 0.5, 0.6, 0.9];
    const { packets: found } = packets(new PictureTimes(timing(25, true)), starts, 0.07);
    const last = order.indexOf(8);
    expect((found[last + 1].dts - found[last].dts) / 360_000).toBeCloseTo(0.07, 9);
  });
});

test('fractions are as simple as they can be', () => {
  expect(fraction(25, 1e6)).toEqual({ num: 25, den: 1 });
  expect(fraction(30000 / 1001, 1e6)).toEqual({ num: 30000, den: 1001 });
  expect(fraction(0.5, 1e6)).toEqual({ num: 1, den: 2 });
  const { num, den } = fraction(Math.PI * 8, 1e6);
  expect(num).toBeLessThanOrEqual(1e6);
  expect(Math.abs(num / den - Math.PI * 8)).toBeLessThan(1e-8);
});
