// Seeded random numbers and lattice noise: everything synthetic is a function of its seed alone.

function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** A seeded source of random numbers (a 32-bit Weyl sequence through an integer hash); forks are independent streams. */
export class SeededRandom {
  readonly #seed: number;
  #counter = 0;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#seed = mix32(seed | 0);
  }

  /** Returns a number in [0, 1). */
  next(): number {
    this.#counter = (this.#counter + 0x9e3779b9) >>> 0;
    return mix32(this.#counter ^ this.#seed) / 4294967296;
  }

  /** Returns a number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Returns a normally distributed number, cut at three standard deviations. */
  normal(mean = 0, deviation = 1): number {
    let value = this.#spare;
    this.#spare = undefined;
    if (value === undefined) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
      const angle = 2 * Math.PI * this.next();
      value = radius * Math.cos(angle);
      this.#spare = radius * Math.sin(angle);
    }
    return mean + deviation * Math.max(-3, Math.min(3, value));
  }

  /** Returns an integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Returns one of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(values.length)];
  }

  /** Returns an independent stream for a named purpose, so that adding draws to one leaves the others as they were. */
  fork(name: string): SeededRandom {
    let hash = this.#seed;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return new SeededRandom(hash);
  }
}

/** Returns a number in [0, 1) that depends on three integers only. */
export function hash3(x: number, y: number, z: number): number {
  return mix32(Math.imul(x, 0x8da6b343) ^ Math.imul(y, 0xd8163841) ^ Math.imul(z, 0xcb1ab31f)) / 4294967296;
}

/** Returns smooth value noise in [-1, 1] on the unit lattice of the plane; `layer` chooses among independent fields. */
export function noise2(x: number, y: number, layer: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const a = hash3(x0, y0, layer);
  const b = hash3(x0 + 1, y0, layer);
  const c = hash3(x0, y0 + 1, layer);
  const d = hash3(x0 + 1, y0 + 1, layer);
  return 2 * (a + (b - a) * sx + (c - a) * sy + (a - b - c + d) * sx * sy) - 1;
}

/** Returns the sum of `octaves` of {@link noise2}, each twice as fine and half as strong; about within [-1, 1]. */
export function fractalNoise2(x: number, y: number, layer: number, octaves: number): number {
  let sum = 0;
  let weight = 0.5;
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * noise2(x, y, layer + octave * 101);
    x *= 2;
    y *= 2;
    weight *= 0.5;
  }
  return sum / (1 - weight * 2);
}

/** Returns the smooth step from 0 (at or below `low`) to 1 (at or above `high`); the edges may be in either order. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.max(0, Math.min(1, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** Returns `a` at t = 0 and `b` at t = 1, linearly. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** Returns the value limited to [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
