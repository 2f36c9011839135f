import { describe, expect, it } from 'vitest';
import { meetsBound, type Figure } from '../util/figure.ts';
import { benchmarkWhisper } from './network-benchmarks-node.ts';
import { runBenchmarks } from './run-benchmarks-node.ts';
import { benchmarkStartup } from './startup-benchmark-node.ts';
import { benchmarkVision } from './vision-benchmarks.ts';

function valuesOf(figures: readonly Figure[]): Record<string, number> {
  return Object.fromEntries(figures.map(({ name, value }) => [name, value]));
}

describe('benchmarks', () => {
  it('give the rate of a network beside that of a plain product', async () => {
    const figures = await benchmarkWhisper({ repetitions: 1 });
    const values = valuesOf(figures);
    expect(Object.keys(values)).toEqual(['whisper.pass', 'whisper.rate', 'whisper.product-rate', 'whisper.rate-ratio']);
    expect(values['whisper.product-rate']).toBeGreaterThan(0);
    expect(values['whisper.rate-ratio']).toBeCloseTo(values['whisper.rate'] / values['whisper.product-rate'], 9);
    expect(figures.map(meetsBound)).toEqual([undefined, undefined, undefined, expect.any(Boolean)]);
  });

  it('give the time of --help and --version as a multiple of what Node takes', async () => {
    const values = valuesOf(await benchmarkStartup({ repetitions: 1 }));
    expect(Object.keys(values)).toEqual(['startup.node', 'startup.help-ratio', 'startup.version-ratio']);
    for (const ratio of [values['startup.help-ratio'], values['startup.version-ratio']])
      expect(ratio).toBeGreaterThan(1);
  });

  it('end when canceled', async () => {
    await expect(benchmarkStartup({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('give the time to cut out a face and to put one back, in Full HD and in 4K', async () => {
    const names = ['vision.alignment', 'vision.compositing'];
    const figures = await benchmarkVision({ repetitions: 1 });
    expect(figures.map(({ name }) => name)).toEqual([...names, ...names.map((name) => `${name}.4k-hdr`)]);
    expect(figures.map(({ bound }) => bound)).toEqual([15, 25, 60, 100].map((atMost) => ({ atMost })));
    for (const { value } of figures) expect(value).toBeGreaterThan(0);
  });

  it('are refused under other names', async () => {
    await expect(runBenchmarks({ only: ['video' as 'vision'] }).next()).rejects.toThrow('options.only');
  });
});
