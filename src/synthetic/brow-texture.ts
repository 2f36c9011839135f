// Paints the eyebrows into a skin texture, hair by hair: rising at the inner end, lying outwards at the other.
import type { Identity } from './identity.ts';
import { clamp, mix, SeededRandom, smoothstep } from './random.ts';
import { TEXEL } from './texture.ts';

// The part of the face that holds a brow, on the canonical head seen from in front, centimeters; and its cells.
const LEFT = 0.8;
const BOTTOM = 0.6;
const STEP = 0.025;
const COLUMNS = 216;
const ROWS = 132;
/** Hairs darken the skin around them to this distance. */
const REACH = 0.22;

/** A drawn hair. */
interface Stroke {
  x: number;
  y: number;
  dx: number;
  dy: number;
  width: number;
  dark: number;
}

function strokesOf({ seed, brows }: Identity): Stroke[] {
  const random = new SeededRandom(seed).fork('brows');
  return Array.from({ length: Math.round(230 * brows.thickness) }, () => {
    const t = random.next();
    const across = random.normal(0, 0.42);
    const arch = (0.35 + 0.3 * brows.arch) * Math.sin((Math.PI / 2) * Math.min(1, t / 0.62));
    const center = 1.62 + arch - 1.5 * Math.max(0, t - 0.62) ** 1.3;
    const thickness = (0.5 * brows.thickness + 0.12) * (t < 0.15 ? 0.8 + t : 1.08 - 0.8 * t);
    const angle = mix(1.0, -0.3, Math.pow(t, 0.45)) - 0.35 * across + random.normal(0, 0.1);
    const length = random.uniform(0.3, 0.6);
    return {
      x: 1.15 + 3.95 * t,
      y: center + across * thickness * 0.62,
      dx: length * Math.cos(angle),
      dy: length * Math.sin(angle),
      width: random.uniform(0.022, 0.042),
      dark: random.uniform(0.45, 0.95),
    };
  });
}

// How much of the skin hairs cover, over the cells; `blur` widens their edges to the texture's resolution.
function coverageOf(strokes: readonly Stroke[], blur: number): Float32Array {
  const cover = new Float32Array(COLUMNS * ROWS);
  const density = new Float32Array(COLUMNS * ROWS);
  for (const { x, y, dx, dy, width, dark } of strokes) {
    const cellOf = (value: number, origin: number): number => Math.floor((value - origin) / STEP);
    const firstColumn = Math.max(0, cellOf(Math.min(x, x + dx) - REACH, LEFT));
    const lastColumn = Math.min(COLUMNS - 1, cellOf(Math.max(x, x + dx) + REACH, LEFT));
    const firstRow = Math.max(0, cellOf(Math.min(y, y + dy) - REACH, BOTTOM));
    const lastRow = Math.min(ROWS - 1, cellOf(Math.max(y, y + dy) + REACH, BOTTOM));
    const perLength = 1 / (dx * dx + dy * dy);
    for (let row = firstRow; row <= lastRow; row++) {
      const ey = BOTTOM + (row + 0.5) * STEP - y;
      for (let column = firstColumn; column <= lastColumn; column++) {
        const ex = LEFT + (column + 0.5) * STEP - x;
        const t = clamp((ex * dx + ey * dy) * perLength, 0, 1);
        const distance = Math.sqrt((ex - t * dx) ** 2 + (ey - t * dy) ** 2);
        if (distance > REACH) continue;
        const i = row * COLUMNS + column;
        cover[i] = Math.max(cover[i], dark * smoothstep(width + blur, width * 0.4, distance) * (1 - 0.6 * t));
        density[i] += 0.012 * (1 - distance / REACH);
      }
    }
  }
  return cover.map((value, i) => clamp(value + Math.min(0.3, density[i]), 0, 0.93));
}

/**
 * Paints both brows.
 *
 * @param texels - [size, size, {@link TEXEL}], painted over.
 * @param relief - [size, size] heights in centimeters, raised under the hairs.
 * @param positions - [size, size, 3] canonical position of each texel; NaN where unused.
 */
export function paintBrows(
  texels: Float32Array,
  relief: Float32Array,
  positions: Float32Array,
  identity: Identity,
  size: number,
): void {
  const coverage = coverageOf(strokesOf(identity), 20 / size);
  const [r, g, b] = identity.brows.color;
  for (let index = 0; index < size * size; index++) {
    const column = Math.floor((Math.abs(positions[3 * index]) - LEFT) / STEP);
    const row = Math.floor((positions[3 * index + 1] - BOTTOM) / STEP);
    const onBrow = column >= 0 && column < COLUMNS && row >= 0 && row < ROWS && positions[3 * index + 2] > 3;
    if (!onBrow) continue;
    const cover = coverage[row * COLUMNS + column];
    const o = TEXEL * index;
    texels[o] = mix(texels[o], r, cover);
    texels[o + 1] = mix(texels[o + 1], g, cover);
    texels[o + 2] = mix(texels[o + 2], b, cover);
    texels[o + 5] *= 1 - 0.7 * cover;
    relief[index] += 0.02 * cover;
  }
}
