import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../util/progress.ts';
import { formatSeconds, progressBar, progressLine } from './progress-text.ts';

const frames: Progress = { stage: 'sync', done: 120, total: 250, elapsedSeconds: 10, etaSeconds: 10.83 };
const bytes: Progress = { stage: 'download', done: 2.5e9, total: 5.07e9, elapsedSeconds: 100, etaSeconds: 205.6 };

describe('progressLine', () => {
  it('tells stage, counts, percent, rate and time left', () => {
    expect(progressLine(frames)).toBe('Lip-syncing: 120 of 250 frames, 48 %, 12 frames/s, 11 s left');
    expect(progressLine(bytes)).toBe('Downloading: 2.5 GB of 5.07 GB, 49 %, 12.5 MB/s, 3:26 min left');
  });

  it('tells which job of a batch it is', () => {
    expect(progressLine({ ...frames, batch: { job: 3, jobs: 10 } })).toMatch(/^Job 3 of 10: Lip-syncing: 120 of 250/);
    expect(progressLine({ ...frames, batch: { job: 3 } })).toMatch(/^Job 3: Lip-syncing: 120 of 250/);
  });

  it('leaves out what is not known', () => {
    expect(progressLine({ ...frames, total: undefined, etaSeconds: undefined })).toBe('Lip-syncing: 120 frames');
    expect(progressLine({ ...frames, done: 0, etaSeconds: undefined })).toBe('Lip-syncing: 0 of 250 frames, 0 %');
    expect(progressLine({ ...frames, done: 250, etaSeconds: 0 })).toBe(
      'Lip-syncing: 250 of 250 frames, 100 %, 25 frames/s',
    );
    expect(progressLine({ ...frames, stage: 'wait', done: 75, total: 1800 })).toBe(
      'Waiting for another process: 1:15 min, 11 s left',
    );
    expect(progressLine({ ...frames, stage: 'mystery' })).toContain('Mystery: 120 of 250 steps');
  });
});

describe('progressBar', () => {
  it('fills its bar in proportion', () => {
    expect(progressBar(frames, 100, false)).toBe(
      `Lip-syncing  ${'#'.repeat(14)}${'.'.repeat(16)}   48 %  120 of 250 frames  12 frames/s  11 s left`,
    );
  });

  it('never is wider than the terminal, however narrow that is', () => {
    for (const progress of [
      frames,
      bytes,
      { ...frames, batch: { job: 3, jobs: 10 } },
      { ...frames, total: undefined },
      { ...frames, done: 250 },
    ]) {
      for (let width = 1; width <= 120; width++) {
        for (const color of [false, true])
          expect(stripVTControlCharacters(progressBar(progress, width, color)).length).toBeLessThanOrEqual(width);
      }
    }
  });

  it('uses escape codes only with color', () => {
    expect(progressBar(frames, 80, true)).toContain('\u001b[');
    expect(progressBar(frames, 80, false)).not.toContain('\u001b');
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1:00 min'],
    [3599, '59:59 min'],
    [3723, '1:02:03 h'],
  ])('writes %d as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
