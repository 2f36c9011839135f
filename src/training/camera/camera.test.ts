// What cameras do to pictures: what they must keep, and what each setting alone changes.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../synthetic/random.ts';
import { gaussianBlur, motionBlur } from './blur.ts';
import { PERFECT_CAMERA, sampleCamera, type CameraLook } from './camera-look.ts';
import { Camera } from './camera.ts';
import { addGrain, grainOf } from './sensor-grain.ts';
import { loseAsJpeg } from './jpeg-loss.ts';
import { encodePlanes, linearPlanes } from './transfer-curve.ts';
import { whiteBalanceGains } from './white-balance.ts';

const SIZE = { width: 64, height: 48 };
const LARGE = { width: 160, height: 120 };
const LARGE_AREA = LARGE.width * LARGE.height;
const AREA = SIZE.width * SIZE.height;

type Rgb = readonly [number, number, number];
interface Filmed {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** A picture of one color, or with another one in its right half. */
function picture(left: Rgb, right: Rgb = left): Filmed {
  const data = new Uint8ClampedArray(4 * AREA).fill(255);
  for (let i = 0; i < AREA; i++) data.set(i % SIZE.width < SIZE.width / 2 ? left : right, 4 * i);
  return { ...SIZE, data };
}

function filmed(look: Partial<CameraLook>, shown: Filmed, frame = 0, motion = { x: 0, y: 0 }): Filmed {
  new Camera({ ...PERFECT_CAMERA, ...look }, 5).film(shown, frame, motion);
  return shown;
}

function pixel({ data }: Filmed, x: number, y = 20): number[] {
  const at = 4 * (y * SIZE.width + x);
  return [...data.subarray(at, at + 3)];
}

function channel({ data }: Filmed, index: number): number[] {
  return Array.from({ length: AREA }, (_, i) => data[4 * i + index]);
}

function statistics(values: ArrayLike<number>): { mean: number; variance: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, variance: all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length };
}

const GRAIN = { shot: 2e-4, read: 2e-3, size: 0, chroma: 0.5, still: 0 };

describe('a camera', () => {
  it('that is perfect changes nothing', () => {
    const shown = picture([10, 120, 240], [200, 90, 30]);
    const before = shown.data.slice();
    new Camera(PERFECT_CAMERA, 1).film(shown, 3);
    expect(shown.data).toEqual(before);
  });

  it('keeps every color when its settings are neutral', () => {
    for (const color of [0, 1, 17, 128, 254, 255].map((v) => [v, 255 - v, v ^ 64] as const))
      pixel(filmed({}, picture(color)), 3).forEach((value, c) => {
        expect(Math.abs(value - color[c])).toBeLessThanOrEqual(1);
      });
  });

  it.each<[string, Partial<CameraLook>]>([
    ['exposure', { exposure: -1 }],
    ['contrast', { contrast: 1.3 }],
    ['gamma', { gamma: 0.8 }],
    ['saturation', { saturation: 0.4 }],
    ['flare', { flare: 0.02 }],
    ['subsampled color', { subsampled: true }],
    ['JPEG', { compressions: [{ codec: 'jpeg', quality: 40 }] }],
  ])('keeps gray gray under %s', (_, look) => {
    for (const value of [20, 120, 230]) {
      const [r, g, b] = pixel(filmed(look, picture([value, value, value])), 9);
      expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThanOrEqual(1);
    }
  });

  it('halves the light with each stop', () => {
    const [r] = pixel(filmed({ exposure: -1 }, picture([200, 200, 200])), 0);
    const light = (value: number): number => linearPlanes(new Uint8ClampedArray([value, 0, 0, 255]))[0];
    expect(light(r) / light(200)).toBeCloseTo(0.5, 1);
  });

  it('gives a frame and one much later the same color, light and blur, so that one can be the reference of the other', () => {
    const random = new SeededRandom(4);
    for (let k = 0; k < 6; k++) {
      const look = { ...sampleCamera(random), grain: PERFECT_CAMERA.grain };
      const [first, later] = [0, 60].map((frame) => filmed(look, picture([180, 130, 110], [60, 50, 90]), frame));
      expect(later.data).toEqual(first.data);
    }
  });

  it('changes the grain from frame to frame, but neither the mean nor what the same frame looks like', () => {
    const look = { grain: { ...GRAIN, shot: 1e-3 } };
    const [first, again, later] = [0, 0, 60].map((frame) => filmed(look, picture([120, 120, 120]), frame));
    expect(again.data).toEqual(first.data);
    expect(later.data).not.toEqual(first.data);
    for (const c of [0, 1, 2]) {
      expect(statistics(channel(first, c)).mean).toBeCloseTo(120, 0);
      expect(statistics(channel(later, c)).mean).toBeCloseTo(120, 0);
    }
  });

  it('draws halos beside edges, and only there, when it sharpens', () => {
    const sharp = filmed({ sharpening: { amount: 1, radius: 1 } }, picture([80, 80, 80], [160, 160, 160]));
    expect(pixel(sharp, 31)[0]).toBeLessThan(70);
    expect(pixel(sharp, 32)[0]).toBeGreaterThan(170);
    expect(pixel(sharp, 5)).toEqual([80, 80, 80]);
  });

  it('blurs along the motion of what it films, while the shutter is open', () => {
    const edge = (motion: { x: number; y: number }, shutter: number): number =>
      pixel(filmed({ shutter }, picture([0, 0, 0], [255, 255, 255]), 0, motion), 30)[0];
    expect(edge({ x: 8, y: 0 }, 1)).toBeGreaterThan(20);
    expect(edge({ x: 8, y: 0 }, 0)).toBe(0);
    expect(edge({ x: 0, y: 8 }, 1)).toBe(0);
  });

  it('spreads color further than brightness when color is subsampled', () => {
    const subsampled = filmed({ subsampled: true }, picture([200, 40, 40], [40, 60, 200]));
    const luma = ([r, g, b]: number[]): number => 0.299 * r + 0.587 * g + 0.114 * b;
    expect(luma(pixel(subsampled, 31))).toBeCloseTo(luma([200, 40, 40]), -0.5);
    expect(pixel(subsampled, 31)[0]).toBeLessThan(190);
  });

  it('loses more, the coarser it is', () => {
    const speckled = (): Filmed => {
      const shown = picture([0, 0, 0]);
      const random = new SeededRandom(2);
      for (let i = 0; i < AREA; i++) shown.data.fill(255 * random.next(), 4 * i, 4 * i + 3);
      return shown;
    };
    const variances = [1, 1.5, 2].map(
      (coarseness) => statistics(channel(filmed({ coarseness }, speckled()), 1)).variance,
    );
    expect(variances[1]).toBeLessThan(0.8 * variances[0]);
    expect(variances[2]).toBeLessThan(0.95 * variances[1]);
  });
});

describe('cameras', () => {
  it('follow from their seeds, and differ', () => {
    const looks = Array.from({ length: 200 }, (_, seed) => sampleCamera(new SeededRandom(seed)));
    expect(sampleCamera(new SeededRandom(7))).toEqual(looks[7]);
    const share = (of: (look: CameraLook) => boolean): number => looks.filter(of).length / looks.length;
    expect(share((look) => look === PERFECT_CAMERA)).toBeGreaterThan(0.03);
    expect(share((look) => look === PERFECT_CAMERA)).toBeLessThan(0.2);
    for (const codec of ['jpeg', 'h264'])
      expect(share((look) => look.compressions.some((each) => each.codec === codec))).toBeGreaterThan(0.15);
    expect(share((look) => look.exposure < -0.7)).toBeGreaterThan(0.05);
    expect(share((look) => look.warmth > 20)).toBeGreaterThan(0.05);
    expect(share((look) => look.warmth < -20)).toBeGreaterThan(0.05);
  });
});

describe('white balance', () => {
  it('is warmer with more mireds, at the same brightness', () => {
    expect(whiteBalanceGains(0, 0)).toEqual([1, 1, 1]);
    const [warm, cold] = [whiteBalanceGains(50, 0), whiteBalanceGains(-50, 0)];
    expect(warm[0]).toBeGreaterThan(1.05);
    expect(warm[2]).toBeLessThan(0.85);
    expect(cold[0]).toBeLessThan(0.95);
    expect(cold[2]).toBeGreaterThan(1.15);
    for (const [r, g, b] of [warm, cold, whiteBalanceGains(10, 0.2)])
      expect(0.2126 * r + 0.7152 * g + 0.0722 * b).toBeCloseTo(1, 10);
    const [r, g, b] = whiteBalanceGains(0, 0.2);
    expect(g / r).toBeCloseTo(2 ** 0.2, 10);
    expect(b).toBeCloseTo(r, 10);
  });
});

describe('grain', () => {
  const field = (frame: number, grain: Partial<typeof GRAIN> = {}): Float32Array =>
    grainOf(frame, LARGE, { ...GRAIN, ...grain }, 9);
  const correlation = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i], 0) / a.length;

  it('has mean 0 and variance 1 before it is scaled, fine or coarse', () => {
    for (const size of [0, 0.6, 1.2]) {
      const all = Array.from({ length: 6 }, (_, frame) => [...field(frame, { size })]).flat();
      const { mean, variance } = statistics(all);
      expect(Math.abs(mean)).toBeLessThan(0.08);
      expect(variance).toBeGreaterThan(0.9);
      expect(variance).toBeLessThan(1.1);
    }
  });

  it('is alike between neighbors when it is coarse', () => {
    const beside = (noise: Float32Array): number =>
      correlation(noise.subarray(0, LARGE_AREA - 1), noise.subarray(1, LARGE_AREA));
    expect(Math.abs(beside(field(1)))).toBeLessThan(0.08);
    expect(beside(field(1, { size: 1 }))).toBeGreaterThan(0.6);
  });

  it('has in common between frames and between colors what it is told', () => {
    expect(correlation(field(1, { still: 0.6 }), field(2, { still: 0.6 }))).toBeCloseTo(0.6, 1);
    expect(Math.abs(correlation(field(1), field(2)))).toBeLessThan(0.06);
    const colors = field(1, { chroma: 0.3 });
    expect(correlation(colors.subarray(0, LARGE_AREA), colors.subarray(LARGE_AREA, 2 * LARGE_AREA))).toBeCloseTo(
      0.7,
      1,
    );
  });

  it('grows with the light as its shots do', () => {
    const deviation = (light: number): number => {
      const planes = new Float32Array(3 * LARGE_AREA).fill(light);
      addGrain(planes, field(1), { ...GRAIN, read: 0 }, [1, 1, 1]);
      return Math.sqrt(statistics(planes).variance);
    };
    expect(deviation(0.4) / deviation(0.1)).toBeCloseTo(2, 1);
    expect(deviation(0.25)).toBeCloseTo(Math.sqrt(GRAIN.shot * 0.25), 3);
  });
});

describe('blurs', () => {
  const planes = (): Float32Array => {
    const random = new SeededRandom(3);
    return Float32Array.from({ length: 3 * AREA }, () => random.next());
  };

  it('keep flat areas, and a dot keeps its sum and gets the deviation that was asked for', () => {
    const flat = new Float32Array(AREA).fill(0.3);
    gaussianBlur(flat, SIZE, 1.4);
    expect(flat.every((value) => Math.abs(value - 0.3) < 1e-6)).toBe(true);
    const dot = new Float32Array(AREA);
    dot[24 * SIZE.width + 32] = 1;
    gaussianBlur(dot, SIZE, 1.4);
    expect(dot.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    const across = dot.reduce((sum, value, i) => sum + value * ((i % SIZE.width) - 32) ** 2, 0);
    const down = dot.reduce((sum, value, i) => sum + value * (Math.floor(i / SIZE.width) - 24) ** 2, 0);
    expect(Math.sqrt(across)).toBeCloseTo(1.4, 1);
    expect(Math.sqrt(down)).toBeCloseTo(1.4, 1);
  });

  it('along a line reach as far as it is long', () => {
    const dot = new Float32Array(AREA);
    dot[24 * SIZE.width + 32] = 1;
    const moved = motionBlur(dot, SIZE, { x: 6, y: 0 });
    const lit = [...moved.entries()].filter(([, value]) => value > 1e-6).map(([i]) => i);
    expect(lit.every((i) => Math.floor(i / SIZE.width) === 24)).toBe(true);
    expect(Math.max(...lit) - Math.min(...lit)).toBeGreaterThanOrEqual(5);
    expect(moved.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    const still = planes();
    expect(motionBlur(still, SIZE, { x: 0.2, y: 0.1 })).toBe(still);
  });
});

describe('JPEG', () => {
  const loss = (quality: number, kind: 'luma' | 'chroma'): number => {
    const random = new SeededRandom(8);
    const plane = Float32Array.from({ length: AREA }, (_, i) => 0.5 + 0.3 * Math.sin(i / 9) + random.normal(0, 0.05));
    const before = plane.slice();
    loseAsJpeg(plane, SIZE, kind, quality);
    return statistics(plane.map((value, i) => value - before[i])).variance;
  };

  it('loses almost nothing at 100, more with every lower quality, and more color than brightness', () => {
    expect(Math.sqrt(loss(100, 'luma'))).toBeLessThan(0.5 / 255);
    const losses = [95, 75, 50, 25].map((quality) => loss(quality, 'luma'));
    for (const [index, value] of losses.entries()) if (index > 0) expect(value).toBeGreaterThan(losses[index - 1]);
    expect(loss(75, 'chroma')).toBeGreaterThan(loss(75, 'luma'));
  });
});

describe('the transfer curve', () => {
  it('returns every 8-bit value from its light', () => {
    const values = Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : Math.floor(i / 4)));
    const planes = linearPlanes(values);
    encodePlanes(planes);
    for (let value = 0; value < 256; value++) expect(255 * planes[value]).toBeCloseTo(value, 0);
  });
});
