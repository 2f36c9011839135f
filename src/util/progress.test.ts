// Progress of a job in stages: its fraction never falls, and its end is told by the work that is left.
import { describe, expect, it } from 'vitest';
import { ProgressReporter, StagedProgress, type Progress } from './progress.ts';

const report = (stage: string, done: number, total: number | undefined, etaSeconds?: number): Progress => ({
  stage,
  done,
  total,
  elapsedSeconds: 1,
  etaSeconds,
});

describe('ProgressReporter', () => {
  it('does not take what was found done for work at its rate', () => {
    const reports: Progress[] = [];
    const reporter = new ProgressReporter('download', 100, (progress) => reports.push(progress));
    reporter.report(90);
    reporter.report(95);
    expect(reports[0]).toMatchObject({ stage: 'download', done: 90, total: 100, etaSeconds: undefined });
    expect(reports[1].etaSeconds).toBeCloseTo(reports[1].elapsedSeconds, 12);
    expect(reports[1].job).toBeUndefined();
  });
});

describe('StagedProgress', () => {
  /** Passes reports through stages of weights 10, 20 and 70, and returns what comes out. */
  function staged(...reports: Progress[]): Progress[] {
    const out: Progress[] = [];
    const job = new StagedProgress({ load: 10, audio: 20, sync: 70 }, (progress) => out.push(progress));
    for (const progress of reports) job.onProgress(progress);
    return out;
  }
  const fractions = (...reports: Progress[]): number[] => staged(...reports).map(({ job }) => job!.fraction);

  it('counts stages by their weights', () => {
    expect(
      fractions(report('load', 1, 2), report('load', 2, 2), report('audio', 1, 4), report('sync', 35, 70)),
    ).toEqual([0.05, 0.1, 0.15, 0.65]);
    expect(fractions(report('sync', 70, 70))).toEqual([1]);
  });

  it('takes a stage for finished when a later one has begun, and does not go back to it', () => {
    expect(fractions(report('sync', 7, 70), report('audio', 1, 4), report('sync', 14, 70))).toEqual([0.37, 0.37, 0.44]);
  });

  it('passes on what it does not know, and stages whose end is not known', () => {
    expect(fractions(report('wait', 5, 10), report('load', 0, 0), report('sync', 3, undefined))).toEqual([0, 0.1, 0.3]);
    expect(staged(report('load', 1, 2))[0]).toMatchObject({ stage: 'load', done: 1, total: 2 });
  });

  it('does not count the time of what it does not know, and tells no end meanwhile', async () => {
    const out: Progress[] = [];
    const job = new StagedProgress({ load: 10, sync: 90 }, (progress) => out.push(progress));
    job.onProgress(report('load', 0, 2));
    job.onProgress(report('quantize', 1, 2, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    job.onProgress(report('load', 1, 2, 1));
    expect(out[1].job).toMatchObject({ fraction: 0, etaSeconds: undefined });
    const { elapsedSeconds, etaSeconds } = out[2].job!;
    expect(elapsedSeconds).toBeGreaterThan(0.045);
    expect(etaSeconds).toBeLessThan(1 + (95 / 5) * (elapsedSeconds - 0.045)); // 90 units at the rate of 5 in the time that counts
  });

  it('tells the end by the rate of the stage and the work of later ones', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [first, loading, last] = staged(report('load', 0, 2), report('load', 1, 2, 3), report('sync', 35, 70, 8));
    expect(first.job!.etaSeconds).toBeUndefined();
    expect(loading.job!.etaSeconds).toBeCloseTo(3 + (90 / 5) * loading.job!.elapsedSeconds, 9);
    expect(last.job!.etaSeconds).toBe(8);
  });
});
