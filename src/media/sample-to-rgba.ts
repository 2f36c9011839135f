// One decoded video sample → upright RGBA [H,W,4] with square pixels.
import { VideoSample } from 'mediabunny';
import type { Orientation } from '../tensor/picture.ts';
import { yuvEncodingOf, type YuvMatrix } from '../tensor/yuv-encoding.ts';
import { turnUpright } from './orientation.ts';
import type { PictureBuffers } from './picture-buffers.ts';
import { i420ByteLength, i420ToRgba } from './yuv.ts';

/** What is the same for all frames of a video. */
export interface FrameLayout {
  /** Width and height with square pixels, before rotation. */
  width: number;
  height: number;
  orientation: Orientation;
  /** The color tags of the file. Those of its frames are no good: browsers fill in what the file leaves open. */
  colorSpace: VideoColorSpaceInit;
}

/** Turns the samples of a video into pictures, one after another. */
export class SampleConverter {
  readonly #layout: FrameLayout;
  readonly #buffers: PictureBuffers;
  #yuv = new Uint8Array(0);
  #i420 = new Uint8Array(0);

  constructor(layout: FrameLayout, buffers: PictureBuffers) {
    this.#layout = layout;
    this.#buffers = buffers;
  }

  /** Returns the sample's upright RGBA pixels, in an array of its own. The sample stays open; only one is converted at a time. */
  async toRgba(sample: VideoSample): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const { codedWidth, codedHeight } = sample;
    const { width, height, orientation } = this.#layout;
    const isSquare = codedWidth === width && codedHeight === height;
    const stored = this.#buffers.take(codedWidth * codedHeight * 4);
    await this.#copyRgba(sample, stored);
    const square = isSquare ? stored : await scaledRgba(stored, { codedWidth, codedHeight }, { width, height });
    const upright = turnUpright(square, width, height, orientation);
    if (stored !== square) this.#buffers.give(stored);
    if (square !== upright) this.#buffers.give(square);
    return upright;
  }

  async #copyRgba(sample: VideoSample, rgba: Uint8ClampedArray<ArrayBuffer>): Promise<void> {
    const { format, codedWidth: width, codedHeight: height } = sample;
    const encoding = yuvEncodingOf(this.#layout.colorSpace, width, height);
    if (format === 'I420' || format === 'NV12') {
      await this.#copyI420(sample);
      i420ToRgba(this.#i420, width, height, encoding, rgba);
      return;
    }
    if (format === null || /^(RGB|BGR)/.test(format)) {
      await sample.copyTo(rgba, { format: 'RGBA' });
    } else {
      this.#yuv = sized(this.#yuv, sample.allocationSize());
      const layout = await sample.copyTo(this.#yuv);
      const colorSpace = {
        ...this.#layout.colorSpace,
        matrix: matrixTags[encoding.matrix],
        fullRange: encoding.fullRange,
      };
      const size = { codedWidth: width, codedHeight: height };
      using tagged = new VideoSample(this.#yuv, { format, ...size, layout, colorSpace, timestamp: 0 });
      await tagged.copyTo(rgba, { format: 'RGBA' });
    }
    for (let alpha = 3; alpha < rgba.length; alpha += 4) rgba[alpha] = 255;
  }

  async #copyI420(sample: VideoSample): Promise<void> {
    const { format, codedWidth, codedHeight } = sample;
    this.#i420 = sized(this.#i420, i420ByteLength(codedWidth, codedHeight));
    if (format === 'I420') {
      await sample.copyTo(this.#i420);
      return;
    }
    this.#yuv = sized(this.#yuv, this.#i420.length);
    await sample.copyTo(this.#yuv);
    const lumaLength = codedWidth * codedHeight;
    this.#i420.set(this.#yuv.subarray(0, lumaLength));
    let cb = lumaLength;
    let cr = (lumaLength + this.#i420.length) / 2;
    for (let pair = lumaLength; pair < this.#yuv.length; pair += 2) {
      this.#i420[cb++] = this.#yuv[pair];
      this.#i420[cr++] = this.#yuv[pair + 1];
    }
  }
}

function sized(array: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  return array.length === length ? array : new Uint8Array(length);
}

const matrixTags: Readonly<Record<YuvMatrix, VideoMatrixCoefficients>> = {
  bt601: 'smpte170m',
  bt709: 'bt709',
  bt2020: 'bt2020-ncl' as VideoMatrixCoefficients, // TypeScript's list is older
};

async function scaledRgba(
  rgba: Uint8ClampedArray<ArrayBuffer>,
  from: { codedWidth: number; codedHeight: number },
  to: { width: number; height: number },
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  using sample = new VideoSample(rgba, { format: 'RGBA', ...from, timestamp: 0 });
  using scaled = await sample.transform({ ...to, fit: 'fill' });
  const result = new Uint8ClampedArray(to.width * to.height * 4);
  await scaled.copyTo(result, { format: 'RGBA' });
  return result;
}
