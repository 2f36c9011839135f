// HDR ↔ SDR for single colors: PQ or HLG in BT.2020 ↔ R'G'B' as the networks know it, by a curve that has an inverse.
import type { Transfer } from '../tensor/picture.ts';

/** Changes colors of three values, in place. */
export interface ToneCurve {
  /** HDR signal, 0 … 1 each → SDR signal; what is brighter or more saturated than SDR can be is limited to 0 … 1. */
  toSdr: (color: Float64Array) => void;
  /** The inverse. */
  toHdr: (color: Float64Array) => void;
}

/** Linear BT.2020 → linear BT.709 (ITU-R BT.2087), row by row, and back. */
const to709 = [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187] as const;
const to2020 = invert(to709);

/** PQ's constants (SMPTE ST 2084), and the nits of white in pictures (ITU-R BT.2408). */
const PQ = {
  m1: 2610 / 16384,
  m2: (2523 / 4096) * 128,
  c1: 3424 / 4096,
  c2: (2413 / 4096) * 32,
  c3: (2392 / 4096) * 32,
};
const PQ_NITS = 10_000;
const WHITE_NITS = 203;

/** HLG's constants (ARIB STD-B67), and the signal of white in pictures (ITU-R BT.2408). */
const HLG = { a: 0.17883277, b: 0.28466892, c: 0.55991073 };
const WHITE_HLG = 0.75;

/** Light below this part of white stays as it is; what is above is compressed, the more the brighter. */
const KNEE = 0.5;

/** Steps of the tables: between them, values are interpolated, which leaves less than a hundredth of a level. */
const STEPS = 8192;

/** Returns a function of 0 … 1 as a table. */
function tableOf(f: (x: number) => number): Float64Array {
  return Float64Array.from({ length: STEPS + 2 }, (_, i) => f(Math.min(1, i / STEPS)));
}

function lookUp(table: Float64Array, x: number): number {
  const position = STEPS * (x < 0 ? 0 : x > 1 ? 1 : x);
  const index = position | 0;
  return table[index] + (position - index) * (table[index + 1] - table[index]);
}

/** Returns the curve of a transfer function; undefined where the networks can take the values as they are. */
export function toneCurveOf(transfer: Transfer): ToneCurve | undefined {
  if (transfer === 'sdr') return undefined;
  const light = transfer === 'pq' ? pqLight : hlgLight;
  const signal = transfer === 'pq' ? pqSignal : hlgSignal;
  const brightest = light(1);
  const shoulder = shoulderOf((brightest - KNEE) / (1 - KNEE));
  // Of light, tables have roots, as what is dark needs more steps.
  const lights = tableOf(light);
  const sdrSignals = tableOf((root) => srgbSignal(compress(brightest * root ** 2, shoulder)));
  const expanded = tableOf((value) => expand(srgbLight(value), shoulder));
  const signals = tableOf((root) => signal(brightest * root ** 4));
  return {
    toSdr: (color) => {
      for (let i = 0; i < 3; i++) color[i] = lookUp(lights, color[i]);
      multiply(to709, color);
      for (let i = 0; i < 3; i++) color[i] = lookUp(sdrSignals, Math.sqrt(Math.max(0, color[i] / brightest)));
    },
    toHdr: (color) => {
      for (let i = 0; i < 3; i++) color[i] = lookUp(expanded, color[i]);
      multiply(to2020, color);
      for (let i = 0; i < 3; i++) {
        color[i] = lookUp(signals, Math.sqrt(Math.sqrt(Math.max(0, color[i] / brightest))));
      }
    },
  };
}

/** Light above the knee is log(1 + a·z) / a, which begins with a slope of 1; a is such that the brightest becomes 1. */
function shoulderOf(brightest: number): number {
  let a = 1;
  for (let i = 0; i < 60; i++) a = Math.log1p(a * brightest);
  return a;
}

function compress(light: number, a: number): number {
  if (light <= KNEE) return Math.max(0, light);
  return Math.min(1, KNEE + ((1 - KNEE) * Math.log1p((a * (light - KNEE)) / (1 - KNEE))) / a);
}

function expand(light: number, a: number): number {
  return light <= KNEE ? light : KNEE + ((1 - KNEE) * Math.expm1((a * (light - KNEE)) / (1 - KNEE))) / a;
}

function pqLight(signal: number): number {
  const power = Math.max(0, signal) ** (1 / PQ.m2);
  const light = Math.max(0, power - PQ.c1) / (PQ.c2 - PQ.c3 * power);
  return (light ** (1 / PQ.m1) * PQ_NITS) / WHITE_NITS;
}

function pqSignal(light: number): number {
  const power = ((light * WHITE_NITS) / PQ_NITS) ** PQ.m1;
  return ((PQ.c1 + PQ.c2 * power) / (1 + PQ.c3 * power)) ** PQ.m2;
}

function hlgScene(signal: number): number {
  return signal <= 0.5 ? Math.max(0, signal) ** 2 / 3 : (Math.exp((signal - HLG.c) / HLG.a) + HLG.b) / 12;
}

const HLG_WHITE_LIGHT = hlgScene(WHITE_HLG);

function hlgLight(signal: number): number {
  return hlgScene(signal) / HLG_WHITE_LIGHT;
}

function hlgSignal(light: number): number {
  const scene = light * HLG_WHITE_LIGHT;
  return scene <= 1 / 12 ? Math.sqrt(3 * scene) : HLG.a * Math.log(12 * scene - HLG.b) + HLG.c;
}

function srgbSignal(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** Returns the linear light of an sRGB signal, both 0 … 1. */
export function srgbLight(signal: number): number {
  return signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;
}

function multiply(matrix: readonly number[], color: Float64Array): void {
  const r = color[0];
  const g = color[1];
  const b = color[2];
  color[0] = matrix[0] * r + matrix[1] * g + matrix[2] * b;
  color[1] = matrix[3] * r + matrix[4] * g + matrix[5] * b;
  color[2] = matrix[6] * r + matrix[7] * g + matrix[8] * b;
}

/** Returns the inverse of a 3×3 matrix, by its adjugate. */
function invert(m: readonly number[]): number[] {
  const cofactor = (i: number, j: number): number => {
    const at = (row: number, column: number): number => m[3 * ((i + row) % 3) + ((j + column) % 3)];
    return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
  };
  const determinant = m[0] * cofactor(0, 0) + m[1] * cofactor(0, 1) + m[2] * cofactor(0, 2);
  return Array.from({ length: 9 }, (_, k) => cofactor(k % 3, Math.floor(k / 3)) / determinant);
}
