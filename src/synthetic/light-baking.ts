// Light that reaches each vertex of a head at rest: soft shadows of head on itself and of hair on skin. Baked once per person.
import { headDistance } from './head-field.ts';
import { clamp, mix, smoothstep } from './random.ts';

/** Returns the share of a distant light that the head lets through to a point, 0 … 1, with a soft edge. */
export function headShadow(
  x: number,
  y: number,
  z: number,
  direction: readonly [number, number, number],
  start = 0.35,
  sharpness = 4.5,
): number {
  let open = 1;
  // Shadows blur below the chin, far from what casts them.
  if (y < -9) sharpness *= 0.55;
  for (let t = start; t < 14;) {
    const d = headDistance(x + direction[0] * t, y + direction[1] * t, z + direction[2] * t);
    open = Math.min(open, 0.5 + (sharpness * d) / t);
    if (open <= 0) return 0;
    t += clamp(d, 0.15, 1.2);
  }
  return smoothstep(0, 1, clamp(open, 0, 1));
}

const CELL = 0.8;
const SIDE = 48;

/** How much hair there is around a point: a coarse grid of ribbon vertices. */
export class HairDensity {
  readonly #cells = new Float32Array(SIDE * SIDE * SIDE);

  /** @param positions - vertices of the hair, [n, 3]. */
  constructor(positions: Float32Array) {
    for (let i = 0; i < positions.length; i += 3) {
      const cell = this.#index(positions[i], positions[i + 1], positions[i + 2]);
      if (cell >= 0) this.#cells[cell] += 1;
    }
    for (const stride of [1, SIDE, SIDE * SIDE]) this.#blur(stride);
  }

  // Spreads the counts over neighboring cells along one axis.
  #blur(stride: number): void {
    const source = this.#cells.slice();
    for (let i = stride; i < source.length - stride; i++) {
      this.#cells[i] = 0.25 * source[i - stride] + 0.5 * source[i] + 0.25 * source[i + stride];
    }
  }

  #density(x: number, y: number, z: number): number {
    const i = x / CELL + SIDE / 2 - 0.5;
    const j = (y + 4) / CELL + SIDE / 2 - 0.5;
    const k = z / CELL + SIDE / 2 - 0.5;
    const [i0, j0, k0] = [Math.floor(i), Math.floor(j), Math.floor(k)];
    if (i0 < 0 || j0 < 0 || k0 < 0 || i0 + 1 >= SIDE || j0 + 1 >= SIDE || k0 + 1 >= SIDE) return 0;
    const cells = this.#cells;
    const first = (k0 * SIDE + j0) * SIDE + i0;
    const [fi, fj, fk] = [i - i0, j - j0, k - k0];
    const above = first + SIDE * SIDE;
    const near = mix(
      mix(cells[first], cells[first + 1], fi),
      mix(cells[first + SIDE], cells[first + SIDE + 1], fi),
      fj,
    );
    const far = mix(mix(cells[above], cells[above + 1], fi), mix(cells[above + SIDE], cells[above + SIDE + 1], fi), fj);
    return mix(near, far, fk);
  }

  #index(x: number, y: number, z: number): number {
    const i = Math.floor(x / CELL + SIDE / 2);
    const j = Math.floor((y + 4) / CELL + SIDE / 2);
    const k = Math.floor(z / CELL + SIDE / 2);
    return i < 0 || j < 0 || k < 0 || i >= SIDE || j >= SIDE || k >= SIDE ? -1 : (k * SIDE + j) * SIDE + i;
  }

  /** Returns the share of light from a direction that passes the hair beside a point. */
  transmission(x: number, y: number, z: number, direction: readonly [number, number, number], reach: number): number {
    let passed = 0;
    for (let t = 0.5; t <= reach; t += 0.5) {
      passed += this.#density(x + direction[0] * t, y + direction[1] * t, z + direction[2] * t);
    }
    return Math.exp(-0.16 * passed);
  }
}
