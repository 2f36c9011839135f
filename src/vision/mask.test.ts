import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goldenUrl, readGolden } from '../../test/read-golden.ts';
import { inpaintMask, latentMask, maskOutline } from './mask.ts';

describe('inpaintMask', () => {
  it('regenerates exactly the official columns at 256', () => {
    const { generated_region_runs_per_row: expected } = JSON.parse(
      readFileSync(goldenUrl('align/mask_rows.json'), 'utf8'),
    ) as { generated_region_runs_per_row: [number, number][][] };
    const mask = inpaintMask(256);
    const rows = Array.from({ length: 256 }, (_, y) => {
      const runs: [number, number][] = [];
      for (let x = 0; x < 256; x++) {
        if (mask[y * 256 + x] !== 0) continue;
        const run = runs.at(-1);
        if (run && run[1] === x - 1) run[1] = x;
        else runs.push([x, x]);
      }
      return runs;
    });
    expect(rows).toEqual(expected);
    expect(new Set(mask)).toEqual(new Set([0, 1]));
  });

  it('is the reference’s at 64, gray edges included', () => {
    const golden = readGolden('pipeline/loop_g1.5_s7_deepcache3.safetensors').tensor('mask');
    expect(inpaintMask(64)).toEqual(golden.data);
  });

  it('refuses a size that is not a positive integer', () => {
    expect(() => inpaintMask(0.5)).toThrow('resolution must be a positive integer (got 0.5)');
  });
});

describe('latentMask', () => {
  it('takes every eighth value', () => {
    const mask = inpaintMask(512);
    const small = latentMask(mask, 512);
    expect(small.length).toBe(64 * 64);
    for (let i = 0; i < small.length; i++) expect(small[i]).toBe(mask[Math.floor(i / 64) * 8 * 512 + (i % 64) * 8]);
  });
});

describe('maskOutline', () => {
  it('runs around what is regenerated', () => {
    const [mask, outline] = [inpaintMask(256), maskOutline()];
    const at = (x: number, y: number): number | undefined => mask[Math.round(y) * 256 + Math.round(x)];
    for (const [x, y] of outline) {
      const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => at(x + dx, y + dy)));
      expect([around.includes(0), around.includes(1)], `${x}, ${y}`).toEqual([true, true]);
    }
    // The area by the shoelace formula: half a pixel is missing all around.
    const twice = outline.reduce((sum, [x, y], index) => {
      const [nextX, nextY] = outline[(index + 1) % outline.length];
      return sum + x * nextY - y * nextX;
    }, 0);
    const pixels = mask.filter((keep) => keep === 0).length;
    expect(twice / 2 / pixels).toBeGreaterThan(0.97);
    expect(twice / 2 / pixels).toBeLessThan(1);
  });
});
