// What FFmpeg's names of pixel formats tell: bits per color and transparency.

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
