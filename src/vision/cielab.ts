// sRGB → CIELAB.
import { srgbLight } from './tone-curve.ts';

/** Returns L\*, a\*, b\* (D65) of sRGB levels, 0 … 255. IEC 61966-2-1 and CIE 15. */
export function labFromSrgb(red: number, green: number, blue: number): [lightness: number, a: number, b: number] {
  const [r, g, b] = [srgbLight(red / 255), srgbLight(green / 255), srgbLight(blue / 255)];
  const x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function root(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
}
