// What a texel of a skin texture holds.

/** Values of one texel: linear red, green, blue, slopes of the relief across and down, gloss. */
export const TEXEL = 6;

/** A painted skin of `size` × `size` texels over the skin's texture coordinates. */
export interface SkinTexture {
  size: number;
  /** [size, size, {@link TEXEL}]. */
  texels: Float32Array;
}
