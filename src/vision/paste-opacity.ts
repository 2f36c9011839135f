// Opacity [R,R] with which a generated face covers its frame: 1 in the regenerated region, feathered, soft at the crop's edge.
import { inpaintMask } from './mask.ts';
import { bilinearTaps } from './resize-taps.ts';
import { resizePlanes } from './resize.ts';
import { faceTemplate } from './similarity.ts';
import { SoftMask } from './soft-mask.ts';

/** The ring around the regenerated region that is pasted whole, and the ring where opacity falls to 0; in face widths. */
const SOLID_RING = 0.005;
const FEATHER_RING = 0.02;
/** Opacities that cannot change an 8-bit value by half a level. */
const NEGLIGIBLE = 1 / 512;

/**
 * Returns the opacity of each pixel of a face: the regenerated region of the inpainting mask, grown and feathered, times
 * the reference's soft mask of the crop's rectangle.
 */
export function pasteOpacity(resolution: number): Float32Array {
  const regenerated = inpaintMask(resolution).map((keep) => (keep < 1 ? 1 : 0));
  const feather = Math.max(1, Math.round((FEATHER_RING * resolution) / 2));
  const growth = Math.ceil(SOLID_RING * resolution) + feather;
  const grown = filterSquare(regenerated, resolution, growth, Math.max);
  const sums = filterSquare(grown, resolution, feather, (a, b) => a + b);
  const feathered = sums.map((sum) => sum / (2 * feather + 1) ** 2);
  const soft = softFace(resolution);
  const opacity = feathered.map((value, i) => (value * soft[i] < NEGLIGIBLE ? 0 : Math.min(1, value * soft[i])));
  return clearEdge(opacity, resolution);
}

/** Makes the two outermost pixels on each side 0, so that every pixel above 0 has neighbors; returns the plane itself. */
export function clearEdge(opacity: Float32Array, size: number): Float32Array {
  for (let i = 0; i < opacity.length; i++) {
    const [x, y] = [i % size, Math.floor(i / size)];
    if (Math.min(x, y, size - 1 - x, size - 1 - y) < 2) opacity[i] = 0;
  }
  return opacity;
}

/** Returns the reference's soft mask of an upright crop of original size, resized to the face [R,R]. */
function softFace(resolution: number): Float32Array {
  const { width, height } = faceTemplate(resolution);
  const margin = 2; // pixels beyond the crop erode it
  const frame = { width: width + 2 * margin, height: height + 2 * margin };
  const region = new SoftMask().compute([1, 0, -margin, 0, 1, -margin], { width, height }, frame);
  const crop = new Float32Array(width * height);
  if (region) {
    const { box, values, spans } = region;
    for (let y = 0; y < height; y++) {
      const row = y + margin - box.y;
      for (let x = 0; x < width; x++) {
        const column = x + margin - box.x;
        const inside = column >= spans[2 * row] && column < spans[2 * row + 1];
        crop[y * width + x] = inside ? values[row * box.width + column] : 0;
      }
    }
  }
  return resizePlanes(crop, 1, bilinearTaps(height, resolution), bilinearTaps(width, resolution));
}

/** Combines the (2 · radius + 1)² neighbors of each value, along the rows, then along the columns; edge values are repeated. */
function filterSquare(
  plane: Float32Array,
  size: number,
  radius: number,
  combine: (a: number, b: number) => number,
): Float32Array {
  const pass = (source: Float32Array, lineStride: number, step: number): Float32Array => {
    const target = new Float32Array(source.length);
    for (let line = 0; line < size; line++) {
      const start = line * lineStride;
      for (let i = 0; i < size; i++) {
        let value = source[start + Math.max(0, i - radius) * step];
        for (let k = i - radius + 1; k <= i + radius; k++) {
          value = combine(value, source[start + Math.max(0, Math.min(size - 1, k)) * step]);
        }
        target[start + i * step] = value;
      }
    }
    return target;
  };
  return pass(pass(plane, size, 1), 1, size);
}
