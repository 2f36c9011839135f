// Comparisons of results with golden tensors: relative error, exact equality, gray levels of images.
import { relativeError } from '../tensor/relative-error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { sameShape, toFloat32 } from '../tensor/tensor.ts';
import type { GoldenFile } from './golden-file.ts';

/** Greatest relative error after one pass of a network, in float32. */
export const PASS_TOLERANCE = 1e-4;
/** Greatest relative error after a whole denoising loop, in float32. */
export const LOOP_TOLERANCE = 1e-3;

const LARGEST_GRAY_DIFFERENCE = 1;
const LARGEST_MEAN_GRAY_DIFFERENCE = 0.1;

/** How an error is measured: ‖out − ref‖ / ‖ref‖, the number of elements that differ, or the largest difference of two bytes. */
export type Measure = 'relative error' | 'differences' | 'gray levels';

/** How one result compares with what is expected. */
export interface Comparison {
  /** The tensor or property compared. */
  what: string;
  measure: Measure;
  /** Infinity when no error can be computed, for example when shapes differ. */
  error: number;
  tolerance: number;
  passed: boolean;
  /** What is wrong, where the numbers do not say everything. */
  message?: string;
}

/** A result: numbers in a shape. */
export type Result = Tensor | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function misshaped(what: string, measure: Measure, expected: Tensor, actual: Result): Comparison {
  const message = `The shape is ${formatShape(actual.shape)} instead of ${formatShape(expected.shape)}.`;
  return { what, measure, error: Infinity, tolerance: 0, passed: false, message };
}

/** Returns how far a result is from a golden tensor, relative to the tensor's norm. */
export async function compareClosely(
  golden: GoldenFile,
  name: string,
  actual: Tensor<'float32'>,
  tolerance: number,
): Promise<Comparison> {
  const measure = 'relative error';
  const expected = await golden.float32(name);
  if (!sameShape(expected.shape, actual.shape)) return misshaped(name, measure, expected, actual);
  const error = relativeError(actual.data, expected.data);
  return { what: name, measure, error, tolerance, passed: error <= tolerance };
}

/** How to count differences. */
export interface ExactComparisonOptions {
  /** What the result was made from, when that is not the file's input but another golden tensor. */
  from?: string;
  /** The share of the elements that may differ; default 0. */
  share?: number;
}

/** Returns how many elements of a result are not exactly those of a golden tensor. */
export async function compareExactly(
  golden: GoldenFile,
  name: string,
  actual: Result,
  { from, share = 0 }: ExactComparisonOptions = {},
): Promise<Comparison> {
  const measure = 'differences';
  const what = from === undefined ? name : `${name} from ${from}`;
  const expected = await golden.tensor(name);
  if (!sameShape(expected.shape, actual.shape)) return misshaped(what, measure, expected, actual);
  let error = 0;
  for (let i = 0; i < expected.size; i++) if (Number(expected.data[i]) !== Number(actual.data[i])) error++;
  const tolerance = Math.floor(share * expected.size);
  return { what, measure, error, tolerance, passed: error <= tolerance };
}

/** Returns the largest difference of a result's bytes from a golden image's; their mean is limited too. */
export async function compareImage(golden: GoldenFile, name: string, actual: Result): Promise<Comparison> {
  const measure = 'gray levels';
  const expected = await golden.tensor(name);
  if (!sameShape(expected.shape, actual.shape)) return misshaped(name, measure, expected, actual);
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < expected.size; i++) {
    const difference = Math.abs(Number(expected.data[i]) - Number(actual.data[i]));
    if (difference > largest) largest = difference;
    sum += difference;
  }
  const mean = sum / Math.max(1, expected.size);
  const comparison = { what: name, measure, error: largest, tolerance: LARGEST_GRAY_DIFFERENCE } as const;
  if (mean >= LARGEST_MEAN_GRAY_DIFFERENCE) {
    const message = `The mean difference is ${mean.toFixed(3)} gray levels, and must be below ${LARGEST_MEAN_GRAY_DIFFERENCE}.`;
    return { ...comparison, passed: false, message };
  }
  return { ...comparison, passed: largest <= LARGEST_GRAY_DIFFERENCE };
}

/** Returns how many names are in only one of two lists. */
export function compareNames(what: string, expected: readonly string[], actual: readonly string[]): Comparison {
  const missing = expected.filter((name) => !actual.includes(name));
  const unexpected = actual.filter((name) => !expected.includes(name));
  const error = missing.length + unexpected.length;
  const comparison = { what, measure: 'differences', error, tolerance: 0, passed: error === 0 } as const;
  if (error === 0) return comparison;
  const example = missing.length > 0 ? `${missing[0]} is missing` : `${unexpected[0]} is too many`;
  return {
    ...comparison,
    message: `${missing.length} are missing and ${unexpected.length} too many, such as: ${example}.`,
  };
}

/**
 * Returns every nth element along those axes that are longer than the thinned shape says: what a golden file holds of a
 * large result.
 */
export function thinned(tensor: Tensor, every: number, shape: readonly number[]): Tensor<'float32'> {
  const whole = toFloat32(tensor);
  return whole.shape.reduce(
    (rest, size, axis) => (size === shape[axis] ? rest : rest.slice(axis, 0, size, { step: every })),
    whole,
  );
}

/** Returns by how much two counts differ. */
export function compareCounts(what: string, expected: number, actual: number): Comparison {
  const error = Math.abs(actual - expected);
  const comparison = { what, measure: 'differences', error, tolerance: 0, passed: error === 0 } as const;
  return error === 0 ? comparison : { ...comparison, message: `There are ${actual} instead of ${expected}.` };
}
