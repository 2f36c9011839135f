import { describe, expect, it } from 'vitest';
import { hannWindow, htkMelFilters, slaneyMelFilters } from './mel.ts';

const options = { sampleRate: 16_000, fftSize: 512, bands: 26 };

/** The weights of all bands at each bin: the answers to spectra of one bin. */
function weightsByBin(filters: ReturnType<typeof htkMelFilters>, bins: number): Float64Array[] {
  return Array.from({ length: bins }, (_, bin) => {
    const out = new Float64Array(filters.bands);
    filters.apply(
      new Float64Array(bins).map((_, i) => (i === bin ? 1 : 0)),
      out,
    );
    return out;
  });
}

describe('mel filters', () => {
  it('on the HTK scale overlap so that every bin between the first and the last peak counts once', () => {
    const sums = weightsByBin(htkMelFilters(options), 257).map((weights) => weights.reduce((a, b) => a + b, 0));
    const peaks = sums.map((sum, bin) => (Math.abs(sum - 1) < 1e-12 ? bin : -1)).filter((bin) => bin >= 0);
    expect(peaks[0]).toBeLessThan(4);
    expect(peaks).toEqual(Array.from({ length: peaks.length }, (_, i) => peaks[0] + i));
    expect(peaks[peaks.length - 1]).toBeGreaterThan(220);
  });

  it('on Slaney’s scale have area 1 over frequency where they span enough bins', () => {
    const byBin = weightsByBin(slaneyMelFilters({ ...options, bands: 20, fftSize: 4096 }), 2049);
    for (let band = 0; band < 20; band++) {
      const area = byBin.reduce((sum, weights) => sum + weights[band], 0) * (16_000 / 4096);
      expect(area).toBeCloseTo(1, 2);
    }
  });

  it('keep within the frequencies asked for', () => {
    const byBin = weightsByBin(slaneyMelFilters({ ...options, minFrequency: 1000, maxFrequency: 2000 }), 257);
    const heard = byBin
      .map((weights, bin) => (weights.some((weight) => weight > 0) ? bin : -1))
      .filter((bin) => bin >= 0);
    expect(heard[0] * 31.25).toBeGreaterThan(1000);
    expect(heard[heard.length - 1] * 31.25).toBeLessThan(2000);
  });
});

describe('hannWindow', () => {
  it('is periodic: copies half a length apart add up to one', () => {
    const window = hannWindow(400);
    for (let i = 0; i < 200; i++) expect(window[i] + window[i + 200]).toBeCloseTo(1, 12);
    expect(window[0]).toBe(0);
  });
});
