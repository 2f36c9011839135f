// Seeded random numbers that equal PyTorch's CPU generator bit for bit: mt19937, uniform, and normal float32.
import { checkInteger } from './assert.ts';

const STATE_SIZE = 624;
const STATE_SHIFT = 397;
/** Normal values are made in blocks of this size, and one by one in float64 when fewer are asked for. */
const BLOCK = 16;
const TWO_PI = Math.fround(2 * Math.PI);

const float32 = Math.fround;

/** Returns a·b + c rounded once to float32; the operands are float32 values. */
function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b; // exact: 48 bits
  const sum = product + c;
  const rounded = float32(sum);
  const rest = sum - rounded;
  if (rest === 0 || float32(sum + rest) !== sum + rest) return rounded;
  // The float64 sum lies halfway between two float32 values: its own rounding error decides.
  const part = sum - product;
  const error = product - (sum - part) + (c - part);
  if (error === 0) return rounded;
  return error > 0 ? Math.max(rounded, sum + rest) : Math.min(rounded, sum + rest);
}

/** Returns the value of a polynomial by Horner's rule, every step fused; the highest power's coefficient is first. */
function polynomial(x: number, coefficients: Float32Array): number {
  let sum = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) sum = fusedMultiplyAdd(sum, x, coefficients[i]);
  return sum;
}

// Single-precision approximations from the Cephes library (logf, sinf, cosf), as PyTorch's AVX2 path evaluates them.
const LOG = Float32Array.of(
  7.0376836292e-2,
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
const LOG_2_LOW = float32(-2.1219444e-4);
const LOG_2_HIGH = 0.693359375;
const SQRT_HALF = float32(Math.SQRT1_2);
const SINE = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const COSINE = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);
const FOUR_OVER_PI = float32(4 / Math.PI);
/** π/4 in three parts, so that the range reduction loses no bits. */
const QUARTER_PI = Float32Array.of(0.78515625, 2.4187564849853516e-4, 3.774894977445941e-8);

const floatBits = new Uint32Array(1);
const floatValue = new Float32Array(floatBits.buffer);

/** Returns log(x) in float32 for a normal, positive float32. */
function logarithm(x: number): number {
  floatValue[0] = x;
  const bits = floatBits[0];
  let exponent = (bits >>> 23) - 126;
  floatBits[0] = (bits & 0x7fffff) | 0x3f000000;
  let mantissa = floatValue[0];
  if (mantissa < SQRT_HALF) {
    exponent -= 1;
    mantissa *= 2;
  }
  const t = float32(mantissa - 1);
  const square = float32(t * t);
  const cubic = float32(polynomial(t, LOG) * t);
  const correction = fusedMultiplyAdd(cubic, square, float32(exponent * LOG_2_LOW));
  const sum = float32(t + float32(correction - square / 2));
  return float32(sum + exponent * LOG_2_HIGH);
}

/** Writes radius·cos(angle) and radius·sin(angle) in float32; the angle is in [0, 2π]. */
function polarToCartesian(radius: number, angle: number, out: Float32Array, cosineAt: number, sineAt: number): void {
  const octant = (Math.trunc(float32(angle * FOUR_OVER_PI)) + 1) & ~1;
  let x = angle;
  for (const part of QUARTER_PI) x = float32(x - octant * part);
  const square = float32(x * x);
  const cosineTail = float32(polynomial(square, COSINE) * square);
  const cosine = float32(fusedMultiplyAdd(cosineTail, square, -square / 2) + 1);
  const sine = fusedMultiplyAdd(float32(polynomial(square, SINE) * square), x, x);
  const turned = (octant & 2) !== 0;
  const cosineSign = (octant & 4) === 0 ? 1 : -1;
  // Adding zero turns −0 into 0, as PyTorch's multiply-add with mean 0 does.
  out[cosineAt] = radius * (turned ? -cosineSign * sine : cosineSign * cosine) + 0;
  out[sineAt] = radius * cosineSign * (turned ? cosine : sine) + 0;
}

/**
 * PyTorch's CPU random generator: the same seed gives the same numbers as `torch.manual_seed(seed)`, and the state
 * carries on from call to call as PyTorch's does.
 *
 * Equal bit for bit to PyTorch on x86 processors with AVX2; PyTorch itself differs in last bits on others.
 *
 * @example
 * const noise = new TorchGenerator(1247).randn(4 * 64 * 64);
 */
export class TorchGenerator {
  readonly #state = new Uint32Array(STATE_SIZE);
  #position = STATE_SIZE;
  #spareNormal: number | undefined;

  /** @param seed - any safe integer; its low 32 bits count, as in PyTorch. */
  constructor(seed: number) {
    checkInteger('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const state = this.#state;
    state[0] = seed >>> 0;
    for (let i = 1; i < STATE_SIZE; i++) {
      const previous = state[i - 1];
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** Makes the next 624 words of mt19937 (Matsumoto and Nishimura 1998). */
  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % STATE_SIZE] & 0x7fffffff);
      const twisted = (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      state[i] = state[(i + STATE_SHIFT) % STATE_SIZE] ^ twisted;
    }
    this.#position = 0;
  }

  /** Returns the next 32 random bits as an unsigned integer. */
  #next(): number {
    if (this.#position === STATE_SIZE) this.#refill();
    let word = this.#state[this.#position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** Returns a float64 in [0, 1) with 53 random bits. */
  #uniform53(): number {
    const high = this.#next() & 0x1fffff;
    return (high * 2 ** 32 + this.#next()) / 2 ** 53;
  }

  /** Returns the next element of `torch.rand`: a float32 in [0, 1) with 24 random bits. */
  uniform(): number {
    return (this.#next() & 0xffffff) / 2 ** 24;
  }

  /**
   * Returns the next element of `torch.randint(count)`: an integer in [0, count).
   *
   * @param count - 1 to 2³²−1.
   */
  integer(count: number): number {
    return this.#next() % checkInteger('count', count, 1, 2 ** 32 - 1);
  }

  /**
   * Returns `torch.randn(count)`: normal float32 values with mean 0 and variance 1, by the Box–Muller transform.
   * Counts from 16 are made in blocks of 16 (and a rest by remaking the last 16), smaller ones singly in float64.
   */
  randn(count: number): Float32Array {
    checkInteger('count', count, 0, 2 ** 32 - 1);
    const out = new Float32Array(count);
    if (count < BLOCK) {
      for (let i = 0; i < count; i++) out[i] = this.#normal();
      return out;
    }
    for (let i = 0; i < count; i++) out[i] = this.uniform();
    for (let start = 0; start + BLOCK <= count; start += BLOCK) toNormal(out, start);
    if (count % BLOCK !== 0) {
      const start = count - BLOCK;
      for (let i = start; i < count; i++) out[i] = this.uniform();
      toNormal(out, start);
    }
    return out;
  }

  /** Returns a single normal value; each second one is the partner kept from the call before. */
  #normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const angle = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniform values into normal ones in place: the first eight give radii, the last eight angles. */
function toNormal(values: Float32Array, start: number): void {
  for (let i = start; i < start + BLOCK / 2; i++) {
    const radius = float32(Math.sqrt(-2 * logarithm(float32(1 - values[i]))));
    const angle = float32(TWO_PI * values[i + BLOCK / 2]);
    polarToCartesian(radius, angle, values, i, i + BLOCK / 2);
  }
}
