// What FFmpeg's names of pixel formats tell: bits per color, transparency, and as which planes pictures are passed on.
import type { PictureFormat } from '../tensor/picture.ts';

/** Formats whose last number counts something else: the bits of a pixel, or the arrangement. */
const named: Readonly<Record<string, number>> = {
  ...{ nv12: 8, nv15: 10, nv16: 8, nv20: 10, v30x: 10, xv30: 10, xv36: 12, xv48: 16 },
  ...{ rgb48: 16, bgr48: 16, rgba64: 16, bgra64: 16, ayuv64: 16, rgb96: 32, rgba128: 32 },
};

/** Returns the bits of each color; 8 also for the formats that have fewer. */
export function bitDepthOf(pixelFormat: string): number {
  const name = pixelFormat.replace(/(msb)?(le|be)$/, '');
  return named[name] ?? Number(/(9|1[0246]|32)$/.exec(name)?.[1] ?? 8);
}

/** Returns whether every pixel has a color, rather than two or four together: RGB, palettes, gray and 4:4:4. */
export function hasFullColor(pixelFormat: string): boolean {
  return /rgb|bgr|gbr|pal8|gray|^ya|mono|444/.test(pixelFormat);
}

/** Returns whether pixels may be transparent; those of palettes may. */
export function hasAlpha(pixelFormat: string): boolean {
  return /^(yuva|ya[f\d]|gbrap|rgba|bgra|argb|abgr|ayuv|vuya|uyva|pal8)/.test(pixelFormat);
}

/** Returns whether the metadata of a stream tells of transparency beside its pictures, as Matroska stores that of VP8 and VP9. */
export function hasAlphaBeside(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.alpha_mode === '1';
}

/** Chroma formats by the digits in FFmpeg's names: how many samples of luma share one of chroma, as powers of two. */
const chromaShifts: Readonly<Record<string, readonly [x: number, y: number]>> = {
  420: [1, 1],
  422: [1, 0],
  444: [0, 0],
  440: [0, 1],
  411: [2, 0],
  410: [2, 2],
};

/** Formats without these digits in their names. */
const chromaOf: readonly [pattern: RegExp, digits: string][] = [
  [/^(nv12|nv21|nv15|p0)/, '420'],
  [/^(nv16|nv20|p2|y21|yuyv|uyvy|yvyu)/, '422'],
  [/^(nv24|nv42|p4|ayuv|vuy|uyva|vyu|v30|xv)/, '444'],
];

/**
 * Returns the planes in which pictures of a pixel format keep what they have. The depth is 8, 10 or 12 bits, the next above, or 12 for
 * what is deeper; formats that are not known become 8-bit 4:2:0.
 */
export function planarFormatOf(pixelFormat: string): PictureFormat {
  const bits = bitDepthOf(pixelFormat);
  const depth = bits > 10 ? 12 : bits > 8 ? 10 : 8;
  if (/^(gray|ya|mono)/.test(pixelFormat)) return { colors: 'gray', depth, chromaShift: [0, 0], alpha: false };
  if (/rgb|bgr|gbr|pal8|bayer|xyz|^0|^x2/.test(pixelFormat)) {
    return { colors: 'rgb', depth, chromaShift: [0, 0], alpha: hasAlpha(pixelFormat) };
  }
  const digits = /4[1-4][0-4]/.exec(pixelFormat)?.[0] ?? chromaOf.find(([pattern]) => pattern.test(pixelFormat))?.[1];
  const alpha = hasAlpha(pixelFormat);
  // FFmpeg has no format for the rarer kinds at greater depth, or with transparency.
  const nearest = digits === '411' || digits === '410' || (digits === '440' && alpha) ? '422' : digits;
  const isPlain = depth === 8 && !alpha;
  return { colors: 'yuv', depth, chromaShift: chromaShifts[(isPlain ? digits : nearest) ?? '420'], alpha };
}

/** Returns FFmpeg's name of the planes of a format. */
export function pixelFormatOf({ colors, depth, chromaShift, alpha }: PictureFormat): string {
  const suffix = depth > 8 ? `${depth}le` : '';
  switch (colors) {
    case 'rgba':
      return 'rgba';
    case 'gray':
      return `gray${suffix}`;
    case 'rgb':
      return `gbr${alpha ? 'a' : ''}p${suffix}`;
    case 'yuv': {
      const digits = Object.keys(chromaShifts).find((key) => chromaShifts[key].join() === chromaShift.join());
      return `yuv${alpha ? 'a' : ''}${digits}p${suffix}`;
    }
  }
}
