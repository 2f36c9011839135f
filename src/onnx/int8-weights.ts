// Weights of linear layers and convolutions as 8-bit integers, with a factor for each output.
import { Tensor } from '../tensor/tensor.ts';
import { doubledPlaces, mergedTap } from './doubled-pixels.ts';

/** Greatest magnitude of a quantized weight. */
const LEVELS = 127;

/** Which of a checkpoint's weights, or which rows of it, a layer reads as integers. */
export interface Int8Weight {
  /** Key of the weight [outputs, channels, …] in the checkpoint. */
  readonly key: string;
  /** Where the rows begin in the weight. */
  readonly firstElement: number;
  readonly outputs: number;
  readonly channels: number;
  /** Pixels under a convolution's kernel; 1 for a linear layer. */
  readonly taps: number;
  /** Of a kernel of 3×3 on doubled pixels: the place in a doubled pixel whose kernel of 2×2 this is (`doubled-pixels.ts`). */
  readonly doubledPlace?: number;
}

/** Makes levels positive, so that dropping the fraction rounds them. */
const ABOVE_LEVELS = 128;

/** Outputs whose integers are written together: half a line of the processor's cache. */
const OUTPUTS_AT_ONCE = 32;

/** Returns the factor of each output, [outputs], so that its greatest weight becomes {@link LEVELS}. */
export function weightScale(weight: Float32Array, layout: Int8Weight): Tensor<'float32'> {
  return scaleOf(rowsOf(weight, layout), layout);
}

function scaleOf(rows: Float32Array, { outputs, channels, taps }: Int8Weight): Tensor<'float32'> {
  const scale = new Float32Array(outputs);
  let at = 0;
  for (let output = 0; output < outputs; output++) {
    let greatest = 0;
    for (const end = at + channels * taps; at < end; at++) {
      const magnitude = Math.abs(rows[at]);
      if (magnitude > greatest) greatest = magnitude;
    }
    scale[output] = greatest / LEVELS;
  }
  return new Tensor('float32', [outputs], scale);
}

/** Returns the integers, [taps · channels, outputs]: as a product takes them, a pixel's channels next to each other. */
export function weightLevels(weight: Float32Array, layout: Int8Weight): Tensor<'int8'> {
  const { outputs, channels, taps } = layout;
  const inputs = channels * taps;
  const rows = rowsOf(weight, layout);
  const factors = Float64Array.from(scaleOf(rows, layout).data, (scale) => (scale === 0 ? 0 : 1 / scale));
  const levels = new Int8Array(inputs * outputs);
  for (let first = 0; first < outputs; first += OUTPUTS_AT_ONCE) {
    const end = Math.min(outputs, first + OUTPUTS_AT_ONCE);
    for (let channel = 0; channel < channels; channel++) {
      for (let tap = 0; tap < taps; tap++) {
        const to = (tap * channels + channel) * outputs;
        let from = first * inputs + channel * taps + tap;
        for (let output = first; output < end; output++, from += inputs) {
          levels[to + output] = ((rows[from] * factors[output] + ABOVE_LEVELS + 0.5) | 0) - ABOVE_LEVELS; // rounded
        }
      }
    }
  }
  return new Tensor('int8', [inputs, outputs], levels);
}

/** The part of the checkpoint's weight that the layer multiplies with, [outputs, channels · taps]. */
function rowsOf(
  weight: Float32Array,
  { firstElement, outputs, channels, taps, doubledPlace }: Int8Weight,
): Float32Array {
  if (doubledPlace === undefined) return weight.subarray(firstElement, firstElement + outputs * channels * taps);
  const merged = new Float32Array(outputs * channels * taps);
  for (let kernel = 0; kernel < outputs * channels; kernel++) {
    for (let tap = 0; tap < 9; tap++) {
      merged[kernel * taps + mergedTap(doubledPlaces[doubledPlace], tap)] += weight[firstElement + kernel * 9 + tap];
    }
  }
  return merged;
}
