// Conversions between float32 and the 16-bit float formats, by their bits (IEEE 754 binary16, and bfloat16).

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

function floatOf(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}

/** The values of all binary16 bits, made when the first one is asked for: networks have millions. */
let float16Values: Float32Array | undefined;

/** Returns the value of binary16 bits. */
export function float16ToFloat32(half: number): number {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => valueOfFloat16(bits));
  return float16Values[half];
}

function valueOfFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Returns the binary16 bits nearest to a value, ties to even; overflow gives infinity. */
export function float32ToFloat16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to infinity
  if (magnitude < 0x38800000) {
    // Subnormal: the unit is 2^-24, and float64 holds value · 2^24 exactly.
    const scaled = floatOf(magnitude) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return sign | ((rounded - 0x38000000) >> 13);
}

/** Returns the value of bfloat16 bits. */
export function bfloat16ToFloat32(bits: number): number {
  return floatOf((bits << 16) >>> 0);
}

/** Returns the bfloat16 bits nearest to a value, ties to even. */
export function float32ToBfloat16(value: number): number {
  const bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff; // NaN stays NaN
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
