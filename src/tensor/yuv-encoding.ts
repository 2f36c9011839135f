// How Y'CbCr values encode color: luma weights by standard, and ranges of values at any depth.

/** Which standard's luma weights a video uses. */
export type YuvMatrix = 'bt601' | 'bt709' | 'bt2020';

/** How Y'CbCr values encode color. */
export interface YuvEncoding {
  matrix: YuvMatrix;
  /** Whether 8-bit values use 0–255; otherwise luma 16–235 and chroma 16–240. */
  fullRange: boolean;
}

/** The luma weights of red and blue (ITU-R BT.601, BT.709, BT.2020; green has the rest). */
export const lumaWeights: Readonly<Record<YuvMatrix, readonly [red: number, blue: number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/**
 * Returns how a video's values encode color. What its tags leave open is filled in as players do: limited range, and
 * BT.709 for pictures wider than 1024 or higher than 576 pixels, BT.601 for smaller ones.
 */
export function yuvEncodingOf(tags: VideoColorSpaceInit, width: number, height: number): YuvEncoding {
  const fullRange = tags.fullRange ?? false;
  const matrix: string = tags.matrix ?? '';
  if (matrix === 'bt709') return { matrix: 'bt709', fullRange };
  if (matrix === 'bt2020-ncl') return { matrix: 'bt2020', fullRange };
  if (matrix === 'smpte170m' || matrix === 'bt470bg') return { matrix: 'bt601', fullRange };
  return { matrix: width > 1024 || height > 576 ? 'bt709' : 'bt601', fullRange };
}

/** Values of samples, linear in what they mean: value = zero + span · meaning. */
export interface SampleScale {
  /** The value of black, or of no color. */
  readonly zero: number;
  /** From black to white, or from no color to the difference of 1. */
  readonly span: number;
}

/** Returns the values of luma 0 … 1, or of R'G'B', at a depth. */
export function lumaScale(depth: number, fullRange: boolean): SampleScale {
  const unit = 2 ** (depth - 8);
  return fullRange ? { zero: 0, span: 2 ** depth - 1 } : { zero: 16 * unit, span: 219 * unit };
}

/** Returns the values of color differences −½ … ½ at a depth. */
export function chromaScale(depth: number, fullRange: boolean): SampleScale {
  return { zero: 2 ** (depth - 1), span: fullRange ? 2 ** depth - 1 : 224 * 2 ** (depth - 8) };
}
