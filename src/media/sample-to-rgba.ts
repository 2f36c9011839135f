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
  /** The container's color tags, for what the frames themselves leave open. */
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

/** Recycles pictures: allocating new ones costs time, and freeing them fragments the memory of the process. */
export class PictureBuffers {
  readonly #free: Uint8ClampedArray<ArrayBuffer>[] = [];

  /** Returns an RGBA picture with arbitrary content. */
  take(byteLength: number): Uint8ClampedArray<ArrayBuffer> {
    const index = this.#free.findIndex((buffer) => buffer.length === byteLength);
    return index < 0 ? new Uint8ClampedArray(byteLength) : this.#free.splice(index, 1)[0];
  }

  /** Takes back a picture that is no longer used. */
  give(buffer: Uint8ClampedArray<ArrayBuffer>): void {
    if (this.#free.length < KEPT_PICTURES) this.#free.push(buffer);
  }
}

/** At least as many as a window of frames takes and returns at a time. */
const KEPT_PICTURES = 32;

/** Turns the samples of a video into pictures, one after another. */
export class SampleConverter {
  readonly #layout: FrameLayout;
  readonly #normalize: SampleNormalizer;
  readonly #buffers: PictureBuffers;
  #i420 = new Uint8Array(0);

  constructor(layout: FrameLayout, normalize: SampleNormalizer, buffers: PictureBuffers) {
    this.#layout = layout;
    this.#normalize = normalize;
    this.#buffers = buffers;
  }

  /** Returns the sample's upright RGBA pixels, in an array of its own. The sample stays open; only one is converted at a time. */
  async toRgba(sample: VideoSample): Promise<Uint8ClampedArray<ArrayBuffer>> {
    const { width, height, orientation } = this.#layout;
    const normalized = await this.#normalize(sample, width, height);
    try {
      const rgba = this.#buffers.take(width * height * 4);
      await this.#copyRgba(normalized, rgba);
      const upright = turnUpright(rgba, width, height, orientation);
      if (upright !== rgba) this.#buffers.give(rgba);
      return upright;
    } finally {
      if (normalized !== sample) normalized.close();
    }
  }

  async #copyRgba(sample: VideoSample, rgba: Uint8ClampedArray<ArrayBuffer>): Promise<void> {
    if (sample.format !== 'I420') {
      await sample.copyTo(rgba, { format: 'RGBA' });
      return;
    }
    const { width, height, colorSpace } = this.#layout;
    const length = i420ByteLength(width, height);
    if (this.#i420.length !== length) this.#i420 = new Uint8Array(length);
    await sample.copyTo(this.#i420);
    const own = sample.colorSpace;
    const tags = { matrix: own.matrix ?? colorSpace.matrix, fullRange: own.fullRange ?? colorSpace.fullRange };
    i420ToRgba(this.#i420, width, height, yuvEncodingOf(tags, width, height), rgba);
  }
}
