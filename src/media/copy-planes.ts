// Planes of pictures → the same planes with more rows and columns, which repeat the last ones.

/** Samples of a plane, row by row. */
interface PlaneSize {
  width: number;
  height: number;
}

/**
 * Copies planes that lie one after another.
 *
 * @param from - sizes of the planes of the source.
 * @param to - sizes of those of the target, at least as large.
 */
export function copyPlanes(
  source: Uint8Array | Uint8ClampedArray,
  from: readonly PlaneSize[],
  target: Uint8Array,
  to: readonly PlaneSize[],
  bytesPerSample: number,
): void {
  if (source.length === target.length) {
    target.set(source);
    return;
  }
  let read = 0;
  let written = 0;
  for (const [index, { width, height }] of from.entries()) {
    const rowBytes = width * bytesPerSample;
    const wholeRowBytes = to[index].width * bytesPerSample;
    for (let row = 0; row < to[index].height; row++, written += wholeRowBytes) {
      const at = read + Math.min(row, height - 1) * rowBytes;
      target.set(source.subarray(at, at + rowBytes), written);
      const lastSample = source.subarray(at + rowBytes - bytesPerSample, at + rowBytes);
      for (let x = rowBytes; x < wholeRowBytes; x += bytesPerSample) target.set(lastSample, written + x);
    }
    read += rowBytes * height;
  }
}
