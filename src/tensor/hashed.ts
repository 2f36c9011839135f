// Deterministic tensors from their names: weights and inputs of conformance files, without storing them.

function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function fnv1a32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Fills an array with the values that a name stands for: uniform in [offset − scale, offset + scale).
 *
 * @param first - flat index of the array's first element within the named tensor.
 */
export function fillHashed(out: Float32Array, name: string, scale = 1, offset = 0, first = 0): void {
  const seed = mix32(fnv1a32(new TextEncoder().encode(name)));
  for (let i = 0; i < out.length; i++) out[i] = (mix32((first + i) ^ seed) / 2147483648 - 1) * scale + offset;
}

/** Returns the range of values that a model parameter's hashed stand-in has: fan-in scaled for weights, near 1 for norms. */
export function hashedParameterRange(key: string, shape: readonly number[]): { scale: number; offset: number } {
  if (shape.length >= 2) return { scale: Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1)), offset: 0 };
  if (shape.length === 1 && (key.endsWith('weight') || key.endsWith('running_var'))) return { scale: 0.1, offset: 1 };
  return { scale: 0.05, offset: 0 };
}
