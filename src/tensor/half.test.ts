import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts';

describe('binary16', () => {
  it('round-trips every bit pattern', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = float16ToFloat32(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(float16ToFloat32(float32ToFloat16(value)))).toBe(true);
      else if (float32ToFloat16(value) !== bits) throw new Error(`0x${bits.toString(16)} became another pattern`);
    }
  });

  it.each([
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1 + 2 ** -11, 0x3c00], // a tie goes to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -25, 0],
    [2 ** -24 * 1.5, 2],
    [-0, 0x8000],
  ])('rounds %d to 0x%s', (value, bits) => {
    expect(float32ToFloat16(value)).toBe(bits);
  });
});

describe('bfloat16', () => {
  it('round-trips and rounds ties to even', () => {
    expect(bfloat16ToFloat32(float32ToBfloat16(1.5))).toBe(1.5);
    expect(float32ToBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(float32ToBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(Number.isNaN(bfloat16ToFloat32(float32ToBfloat16(NaN)))).toBe(true);
  });
});
