import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../util/random.ts';
import { RealFft } from './fft.ts';

/** The definition, term by term. */
function slowTransform(input: Float64Array): { re: number[]; im: number[] } {
  const re: number[] = [];
  const im: number[] = [];
  for (let k = 0; k <= input.length / 2; k++) {
    let sumRe = 0;
    let sumIm = 0;
    input.forEach((value, n) => {
      const angle = (-2 * Math.PI * ((k * n) % input.length)) / input.length;
      sumRe += value * Math.cos(angle);
      sumIm += value * Math.sin(angle);
    });
    re.push(sumRe);
    im.push(sumIm);
  }
  return { re, im };
}

describe('RealFft', () => {
  it.each([2, 4, 6, 10, 14, 22, 26, 48, 64, 90, 98, 400, 512, 770, 800])('equals the definition at size %d', (size) => {
    const input = Float64Array.from(new TorchGenerator(size).randn(size));
    const fft = new RealFft(size);
    const re = new Float64Array(fft.bins);
    const im = new Float64Array(fft.bins);
    fft.transform(input, re, im);
    const expected = slowTransform(input);
    for (let k = 0; k < fft.bins; k++) {
      expect(Math.abs(re[k] - expected.re[k])).toBeLessThan(1e-10);
      expect(Math.abs(im[k] - expected.im[k])).toBeLessThan(1e-10);
    }
  });

  it('gives the same spectrum when used again', () => {
    const fft = new RealFft(400);
    const input = Float64Array.from({ length: 400 }, (_, i) => Math.sin(i * i));
    const spectra = [0, 1].map(() => {
      const re = new Float64Array(fft.bins);
      fft.transform(input, re, new Float64Array(fft.bins));
      return re;
    });
    expect(spectra[0]).toEqual(spectra[1]);
  });

  it('refuses odd sizes', () => {
    expect(() => new RealFft(401)).toThrow('size must be even (got 401)');
  });
});
