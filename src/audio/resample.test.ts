import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../util/random.ts';
import { mixToMono, resample, Resampler } from './resample.ts';

function sine(hz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
}

/** Greatest difference away from the ends, in decibels. */
function errorDecibels(actual: Float32Array, expected: Float32Array, margin: number): number {
  let worst = 0;
  for (let i = margin; i < Math.min(actual.length, expected.length) - margin; i++) {
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  }
  return 20 * Math.log10(worst);
}

describe('Resampler', () => {
  it.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [22_050, 16_000],
    [8000, 16_000],
    [16_000, 44_100],
    [96_000, 16_000],
    [11_127, 16_000],
  ])('keeps a tone: %d Hz to %d Hz', (from, to) => {
    for (const hz of [1000, 0.44 * Math.min(from, to)]) {
      const out = resample(sine(hz, from, 0.1), from, to);
      expect(out.length).toBe(Math.ceil((Math.round(0.1 * from) * to) / from));
      expect(errorDecibels(out, sine(hz, to, 0.1), 400)).toBeLessThan(-90);
    }
  });

  it.each([8050, 9000, 12_000, 20_000])('rejects a tone of %d Hz that 16 kHz cannot hold', (hz) => {
    const out = resample(sine(hz, 44_100, 0.1), 44_100, 16_000);
    expect(errorDecibels(out, new Float32Array(out.length), 400)).toBeLessThan(-90);
  });

  it('passes a constant unchanged', () => {
    const out = resample(new Float32Array(5000).fill(0.7), 44_100, 16_000);
    expect(errorDecibels(out, new Float32Array(out.length).fill(0.7), 100)).toBeLessThan(-140);
  });

  it('gives the same for a stream in pieces of any size', () => {
    const samples = new TorchGenerator(6).randn(3000);
    fc.assert(
      fc.property(
        fc.constantFrom([4410, 1600], [16, 22], [48_000, 16_000], [7, 3]),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 3000 }),
        ([from, to], sizes, length) => {
          const input = samples.subarray(0, length);
          const resampler = new Resampler(from, to);
          const pieces: Float32Array[] = [];
          let at = 0;
          for (const size of [...sizes, length]) {
            pieces.push(resampler.push(input.subarray(at, at + size)));
            at = Math.min(length, at + size);
          }
          pieces.push(resampler.finish());
          const whole = resample(input, from, to);
          const parts = pieces.flatMap((piece) => [...piece]);
          expect(parts.length).toBe(whole.length);
          expect(parts.every((value, i) => value === whole[i])).toBe(true);
        },
      ),
      { numRuns: 20, seed: 2 },
    );
  });

  it('leaves equal rates alone', () => {
    const samples = new TorchGenerator(6).randn(100);
    expect(resample(samples, 16_000, 16_000)).toEqual(samples);
  });

  it('returns nothing for no samples', () => {
    expect(resample(new Float32Array(0), 44_100, 16_000).length).toBe(0);
  });

  it('refuses rates that are none', () => {
    expect(() => new Resampler(0, 16_000)).toThrow('inputRate must be an integer');
    expect(() => new Resampler(44_100, 16_000.5)).toThrow('outputRate must be an integer');
  });
});

describe('mixToMono', () => {
  it('is the mean of the channels', () => {
    expect([...mixToMono([Float32Array.of(1, 0), Float32Array.of(0, -1)])]).toEqual([0.5, -0.5]);
    const only = Float32Array.of(1);
    expect(mixToMono([only])).toBe(only);
  });

  it('refuses channels of different lengths, and none', () => {
    expect(() => mixToMono([Float32Array.of(1), new Float32Array(0)])).toThrow('one length');
    expect(() => mixToMono([])).toThrow('channels.length');
  });
});
