import { describe, expect, it } from 'vitest';
import { readGolden } from '../../test/read-golden.ts';
import { TorchGenerator } from './random.ts';

describe('TorchGenerator', () => {
  const golden = readGolden('rng/torch_cpu_randn.safetensors');

  it.each([0, 42, 1247])('gives the bits of torch.randn after seed %d, call after call', (seed) => {
    const generator = new TorchGenerator(seed);
    for (const name of ['randn_1x4x1x32x32', 'randn_next_16x4x8x8']) {
      const { bytes } = golden.tensor(`seed${seed}.${name}`);
      expect(Buffer.compare(Buffer.from(generator.randn(4096).buffer), bytes)).toBe(0);
    }
    expect(new TorchGenerator(seed).randn(7)).toEqual(golden.tensor(`seed${seed}.randn_7`).data);
  });

  it('remakes the last 16 values when the count is not a multiple of 16', () => {
    // torch.manual_seed(5); torch.randn(27)[[0, 10, 11, 12, 26]]
    const values = new TorchGenerator(5).randn(27);
    expect([0, 10, 11, 12, 26].map((i) => values[i])).toEqual(
      [1.84232986, -1.35268736, -0.0645514801, 0.768629372, 0.548134983].map(Math.fround),
    );
  });

  it('keeps the second value of a pair for the next small call', () => {
    const generator = new TorchGenerator(3);
    const parts = [generator.randn(3), generator.randn(20), generator.randn(2)];
    const whole = new TorchGenerator(3).randn(4);
    expect(parts[0]).toEqual(whole.slice(0, 3));
    expect(parts[2]?.[0]).toBe(whole[3]);
  });

  it('gives torch.rand and torch.randint', () => {
    const generator = new TorchGenerator(7);
    expect([generator.uniform(), generator.uniform()]).toEqual([0.53492254, 0.198803186].map(Math.fround));
    const integers = new TorchGenerator(7);
    expect([1, 2, 3, 4, 5].map(() => integers.integer(1000))).toEqual([615, 892, 721, 286, 283]);
  });

  it('takes the low 32 bits of a seed', () => {
    expect(new TorchGenerator(2 ** 32 + 9).randn(32)).toEqual(new TorchGenerator(9).randn(32));
    expect(new TorchGenerator(-1).randn(32)).toEqual(new TorchGenerator(2 ** 32 - 1).randn(32));
  });

  it('has mean 0 and variance 1', () => {
    const values = new TorchGenerator(1).randn(100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });

  it('refuses seeds and counts that are not integers', () => {
    expect(() => new TorchGenerator(1.5)).toThrow('seed must be an integer');
    expect(() => new TorchGenerator(1).randn(-1)).toThrow('count must be an integer');
    expect(() => new TorchGenerator(1).integer(0)).toThrow('count must be an integer from 1');
  });
});
