// What a job needs on disk: sums of what is written, by size, quality and length.
import { describe, expect, it } from 'vitest';
import type { LipsyncModel } from './lipsync-model.ts';
import { requiredDisk, type RequiredDiskOptions } from './required-disk.ts';

const defaults = { resolution: 256, numFrames: 16 } as LipsyncModel['defaults'];
const minute: RequiredDiskOptions = {
  model: { defaults },
  video: { width: 1920, height: 1080 },
  bareBytes: 1920 * 1080 * 1.5,
  frames: 1500,
  segmentFrames: 250,
  faces: 1,
  durationSeconds: 60,
  quality: 17,
  isBulky: false,
  reference: false,
};

describe('requiredDisk', () => {
  it('counts the pictures twice, the sound once, and the windows of a segment', () => {
    const { output, journal } = requiredDisk(minute);
    const pictures = 1920 * 1080 * 1500 * 0.05;
    expect(output).toBeCloseTo(pictures + 60 * 40e3);
    // 21 windows for 250 frames, and two more, of 16 faces in 8 bits.
    expect(journal).toBeCloseTo(pictures + 23 * 16 * 3 * 256 ** 2);
  });

  it('does not need more for the windows of a longer video, and four times as much for faces that are kept exactly', () => {
    const windows = (options: RequiredDiskOptions): number => {
      const { output, journal } = requiredDisk(options);
      return journal - output + options.durationSeconds * 40e3;
    };
    expect(windows({ ...minute, frames: 90_000, durationSeconds: 3600 })).toBeCloseTo(windows(minute), -1);
    expect(windows({ ...minute, frames: 16, durationSeconds: 0.64 })).toBeCloseTo(3 * 16 * 3 * 256 ** 2);
    expect(windows({ ...minute, reference: true })).toBeCloseTo((16 + 2) * 16 * 12 * 256 ** 2);
  });

  it('doubles with six steps of quality, up to the bare pictures', () => {
    const bytes = (quality: number): number => requiredDisk({ ...minute, durationSeconds: 0, quality }).output;
    expect(bytes(11)).toBeCloseTo(2 * bytes(17));
    expect(bytes(23)).toBeCloseTo(bytes(17) / 2);
    expect(requiredDisk({ ...minute, quality: -100 }).output).toBeLessThan(1920 * 1080 * 1500 * 1.6);
    expect(requiredDisk({ ...minute, durationSeconds: 0, isBulky: true }).output).toBe(1920 * 1080 * 1500 * 1.5);
    const deep = { bareBytes: 1920 * 1080 * 6, isBulky: true }; // 4:4:4 of more than 8 bits
    expect(requiredDisk({ ...minute, durationSeconds: 0, ...deep }).output).toBe(1920 * 1080 * 1500 * 6);
  });
});
