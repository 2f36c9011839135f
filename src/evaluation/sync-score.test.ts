import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { Tensor } from '../tensor/tensor.ts';
import { TorchGenerator } from '../util/random.ts';
import { syncScore } from './sync-score.ts';

function features(rows: number, width: number, numbers?: Float32Array): Tensor<'float32'> {
  return Tensor.float32([rows, width], numbers ?? new TorchGenerator(1).randn(rows * width));
}

describe('syncScore', () => {
  it("equals SyncNet's evaluation", () => {
    const golden = readGolden('syncnet/sync_score.safetensors');
    const input = (name: string) => features(60, 64, Float32Array.from(golden.numbers(name)));
    const score = syncScore(input('lip_features'), input('audio_features'), {
      vshift: Number(golden.metadata['vshift']),
    });
    expect(relativeError(score.meanDistances, golden.numbers('mean_distances'))).toBeLessThan(1e-6);
    expect(score.offset).toBe(golden.numbers('offset')[0]);
    expect(score.minDistance).toBeCloseTo(golden.numbers('min_distance')[0], 5);
    expect(score.confidence).toBeCloseTo(golden.numbers('confidence')[0], 5);
  });

  it.each([-7, -1, 0, 4, 10])('finds audio that is moved by %d frames', (offset) => {
    const lips = features(80, 16);
    const audio = new Float32Array(lips.size);
    for (let i = 0; i < audio.length; i++) audio[i] = lips.data[(i + offset * 16 + lips.size) % lips.size];
    const score = syncScore(lips, features(80, 16, audio), { vshift: 10 });
    expect(score.offset).toBe(offset);
    expect(score.meanDistances.length).toBe(21);
    expect(score.confidence).toBeGreaterThan(1);
  });

  it('has no confidence in features that do not belong together', () => {
    const other = features(200, 32, new TorchGenerator(2).randn(200 * 32));
    expect(syncScore(features(200, 32), other).confidence).toBeLessThan(0.5);
  });

  it('leaves out the rows that only one of the two has', () => {
    const lips = features(40, 8);
    const longer = features(45, 8, new TorchGenerator(3).randn(360));
    const cut = features(40, 8, longer.data.slice(0, 320));
    expect(syncScore(lips, longer)).toEqual(syncScore(lips, cut));
  });

  it('refuses features of other shapes', () => {
    expect(() => syncScore(features(4, 8), features(4, 9))).toThrow('[rows, D] with one D (got [4, 8] and [4, 9])');
    expect(() => syncScore(features(0, 8), features(4, 8))).toThrow('at least one row');
    expect(() => syncScore(features(4, 8), features(4, 8), { vshift: 0 })).toThrow('options.vshift');
  });
});
