// Decoded frames of any format as 8-bit 4:2:0 with square pixels (I420), in the media process.
import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  type AVPixelFormat,
} from 'node-av/constants';
import { avGetPixFmtName, FFmpegError, Frame, Rational, SoftwareScaleContext } from 'node-av/lib';
import { colorSpaceOf } from './ffmpeg-names-node.ts';
import type { FrameHeader } from './media-host-protocol.ts';
import { i420ByteLength } from './yuv.ts';

/** A decoded frame. */
export interface DecodedPicture {
  header: FrameHeader;
  /** Its planes, one after another. */
  i420: Buffer<ArrayBuffer>;
  /** Takes the memory of the planes back for later pictures. */
  release: () => void;
}

/** Turns the frames of a track into pictures of one size. */
export class PictureConverter implements Disposable {
  readonly #width: number;
  readonly #height: number;
  readonly #scaler = new SoftwareScaleContext();
  /** New memory for every picture would take longer to get than to fill. */
  readonly #free: Buffer<ArrayBuffer>[] = [];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#scaler.allocContext();
  }

  /** Returns the picture of a frame, which stays the caller's. */
  async convert(frame: Frame, seconds: number): Promise<DecodedPicture> {
    if (!this.#fits(frame)) {
      using converted = await this.#toI420(frame);
      return this.#picture(converted, headerOf(converted, seconds));
    }
    const { matrix, fullRange } = headerOf(frame, seconds);
    const isFull = frame.format === AV_PIX_FMT_YUVJ420P ? true : fullRange;
    return this.#picture(frame, { seconds, matrix, fullRange: isFull });
  }

  #fits({ format, width, height, linesize }: Frame): boolean {
    const isI420 = format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P;
    const isUpsideDown = linesize[0] < 0;
    return isI420 && width === this.#width && height === this.#height && !isUpsideDown;
  }

  #picture(frame: Frame, header: FrameHeader): DecodedPicture {
    const i420 = this.#free.pop() ?? Buffer.allocUnsafeSlow(i420ByteLength(this.#width, this.#height));
    let position = 0;
    for (const [index, plane] of (frame.data ?? []).slice(0, 3).entries()) {
      const width = index === 0 ? this.#width : (this.#width + 1) >> 1;
      const height = index === 0 ? this.#height : (this.#height + 1) >> 1;
      const stride = frame.linesize[index];
      for (let row = 0; row < height; row++, position += width) {
        plane.copy(i420, position, row * stride, row * stride + width);
      }
    }
    return { header, i420, release: () => void this.#free.push(i420) };
  }

  /** Converts a frame of any format, depth and size. Color tags are kept: only the arrangement of the values changes. */
  async #toI420(source: Frame): Promise<Frame> {
    const formatName = avGetPixFmtName(source.format as AVPixelFormat) ?? '';
    const isRgb = source.colorSpace === AVCOL_SPC_RGB || /rgb|bgr|gbr|pal8/.test(formatName);
    const target = new Frame();
    try {
      target.alloc();
      target.width = this.#width;
      target.height = this.#height;
      target.format = AV_PIX_FMT_YUV420P;
      target.sampleAspectRatio = new Rational(1, 1);
      target.colorSpace = isRgb ? AVCOL_SPC_BT709 : source.colorSpace;
      target.colorRange = formatName.startsWith('yuvj') ? AVCOL_RANGE_JPEG : source.colorRange;
      target.colorPrimaries = source.colorPrimaries;
      target.colorTrc = source.colorTrc;
      FFmpegError.throwIfError(target.allocBuffer(), 'allocate a frame');
      // Without a fixed configuration the scaler takes sizes, formats and color from the frames.
      FFmpegError.throwIfError(await this.#scaler.scaleFrame(target, source), 'convert a frame');
      return target;
    } catch (error) {
      target.free();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#scaler.freeContext();
  }
}

function headerOf(frame: Frame, seconds: number): FrameHeader {
  const { matrix, fullRange } = colorSpaceOf(frame);
  return { seconds, matrix: matrix ?? undefined, fullRange: fullRange ?? undefined };
}
