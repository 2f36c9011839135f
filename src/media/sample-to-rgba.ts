// One decoded video sample → upright RGBA [H,W,4] with square pixels.
import type { VideoSample } from 'mediabunny';
import { turnUpright, type Orientation } from './orientation.ts';
import { i420ByteLength, i420ToRgba, yuvEncodingOf } from './yuv.ts';

/** What is the same for all frames of a video. */
export interface FrameLayout {
  /** Width and height with square pixels, before rotation. */
  width: number;
  height: number;
  orientation: Orientation;
  /** The container's colour tags, for what the frames themselves leave open. */
  colorSpace: VideoColorSpaceInit;
}

/**
 * Returns the sample, or a new one of the same picture that has exactly `width`×`height` square pixels and, where the
 * platform can, 8-bit 4:2:0 format. The caller closes both.
 */
export type SampleNormalizer = (sample: VideoSample, width: number, height: number) => Promise<VideoSample>;

/** The {@link SampleNormalizer} for browsers: only scales, since any format can be copied as RGBA there. */
export const normalizeInBrowser: SampleNormalizer = async (sample, width, height) =>
  sample.codedWidth === width && sample.codedHeight === height
    ? sample
    : sample.transform({ width, height, fit: 'fill' });

/** Returns the sample's upright RGBA pixels, in an array of its own. The sample stays open. */
export async function sampleToRgba(
  sample: VideoSample,
  { width, height, orientation, colorSpace }: FrameLayout,
  normalize: SampleNormalizer,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const normalized = await normalize(sample, width, height);
  try {
    const rgba = await copyRgba(normalized, width, height, colorSpace);
    return turnUpright(rgba, width, height, orientation);
  } finally {
    if (normalized !== sample) normalized.close();
  }
}

async function copyRgba(
  sample: VideoSample,
  width: number,
  height: number,
  colorSpace: VideoColorSpaceInit,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  if (sample.format !== 'I420') {
    const rgba = new Uint8ClampedArray(width * height * 4);
    await sample.copyTo(rgba, { format: 'RGBA' });
    return rgba;
  }
  const i420 = new Uint8Array(i420ByteLength(width, height));
  await sample.copyTo(i420);
  const own = sample.colorSpace;
  const tags = { matrix: own.matrix ?? colorSpace.matrix, fullRange: own.fullRange ?? colorSpace.fullRange };
  return i420ToRgba(i420, width, height, yuvEncodingOf(tags, width, height));
}
