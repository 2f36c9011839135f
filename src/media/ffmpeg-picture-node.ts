// Decoded frames of any format with square pixels, in the media process: 8-bit 4:2:0 (I420), or RGBA where that would lose color.
import {
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_UNSPECIFIED,
  type AVPixelFormat,
} from 'node-av/constants';
import { avGetPixFmtName, FFmpegError, Frame, Rational, SoftwareScaleContext } from 'node-av/lib';
import { colorSpaceOf } from './ffmpeg-names-node.ts';
import type { FrameHeader } from './media-host-protocol.ts';
import { hasFullColor } from './pixel-formats.ts';
import { i420ByteLength, yuvEncodingOf } from './yuv.ts';

/** A decoded frame. */
export interface DecodedPicture {
  header: FrameHeader;
  /** Its planes, one after another. */
  pixels: Buffer<ArrayBuffer>;
  /** Takes the memory of the planes back for later pictures. */
  release: () => void;
}

/** How a plane lies in memory: bytes of a row, and rows. */
interface Plane {
  rowBytes: number;
  rows: number;
}

/** Turns the frames of a track into pictures of one size. */
export class PictureConverter implements Disposable {
  readonly #width: number;
  readonly #height: number;
  readonly #toI420 = new SoftwareScaleContext();
  readonly #toRgba = new SoftwareScaleContext();
  /** New memory for every picture would take longer to get than to fill. */
  readonly #free: Buffer<ArrayBuffer>[] = [];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#toI420.allocContext();
    this.#toRgba.allocContext();
    const flags = this.#toRgba.setOption('sws_flags', 'bicubic+accurate_rnd+full_chroma_int+full_chroma_inp');
    FFmpegError.throwIfError(flags, 'set up a conversion');
  }

  /** Returns the picture of a frame, which stays the caller's. */
  async convert(frame: Frame, seconds: number): Promise<DecodedPicture> {
    const formatName = avGetPixFmtName(frame.format as AVPixelFormat) ?? '';
    if (frame.colorSpace === AVCOL_SPC_RGB || hasFullColor(formatName)) {
      if (formatName.startsWith('yuv')) completeMatrix(frame, this.#width, this.#height);
      using rgba = await this.#converted(frame, this.#toRgba, {
        format: AV_PIX_FMT_RGBA,
        colorSpace: AVCOL_SPC_RGB,
        colorRange: AVCOL_RANGE_JPEG,
      });
      return this.#picture(rgba, { seconds, isRgba: true });
    }
    const colorRange = formatName.startsWith('yuvj') ? AVCOL_RANGE_JPEG : frame.colorRange;
    if (!this.#fits(frame)) {
      const { colorSpace } = frame;
      using i420 = await this.#converted(frame, this.#toI420, { format: AV_PIX_FMT_YUV420P, colorSpace, colorRange });
      return this.#picture(i420, headerOf(i420, seconds));
    }
    const { matrix, fullRange } = headerOf(frame, seconds);
    const isFull = colorRange === AVCOL_RANGE_JPEG ? true : fullRange;
    return this.#picture(frame, { seconds, matrix, fullRange: isFull });
  }

  #fits({ format, width, height, linesize }: Frame): boolean {
    const isI420 = format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P;
    const isUpsideDown = linesize[0] < 0;
    return isI420 && width === this.#width && height === this.#height && !isUpsideDown;
  }

  #picture(frame: Frame, header: FrameHeader): DecodedPicture {
    const planes = header.isRgba ? [{ rowBytes: 4 * this.#width, rows: this.#height }] : this.#i420Planes();
    const length = header.isRgba ? 4 * this.#width * this.#height : i420ByteLength(this.#width, this.#height);
    const free = this.#free.pop();
    const pixels = free?.length === length ? free : Buffer.allocUnsafeSlow(length);
    let position = 0;
    for (const [index, { rowBytes, rows }] of planes.entries()) {
      const plane = frame.data![index];
      const stride = frame.linesize[index];
      for (let row = 0; row < rows; row++, position += rowBytes) {
        plane.copy(pixels, position, row * stride, row * stride + rowBytes);
      }
    }
    return { header, pixels, release: () => void this.#free.push(pixels) };
  }

  #i420Planes(): Plane[] {
    const chroma = { rowBytes: (this.#width + 1) >> 1, rows: (this.#height + 1) >> 1 };
    return [{ rowBytes: this.#width, rows: this.#height }, chroma, chroma];
  }

  /** Converts a frame of any format, depth and size. Primaries and transfer are kept: only the arrangement of the values changes. */
  async #converted(
    source: Frame,
    scaler: SoftwareScaleContext,
    { format, colorSpace, colorRange }: Pick<Frame, 'format' | 'colorSpace' | 'colorRange'>,
  ): Promise<Frame> {
    const target = new Frame();
    try {
      target.alloc();
      target.width = this.#width;
      target.height = this.#height;
      target.format = format;
      target.sampleAspectRatio = new Rational(1, 1);
      target.colorSpace = colorSpace;
      target.colorRange = colorRange;
      target.colorPrimaries = source.colorPrimaries;
      target.colorTrc = source.colorTrc;
      FFmpegError.throwIfError(target.allocBuffer(), 'allocate a frame');
      // Without a fixed configuration the scaler takes sizes, formats and color from the frames.
      FFmpegError.throwIfError(await scaler.scaleFrame(target, source), 'convert a frame');
      return target;
    } catch (error) {
      target.free();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#toI420.freeContext();
    this.#toRgba.freeContext();
  }
}

/** Fills in the matrix of Y'CbCr that the tags leave open, as players do. */
function completeMatrix(frame: Frame, width: number, height: number): void {
  if (frame.colorSpace !== AVCOL_SPC_UNSPECIFIED) return;
  frame.colorSpace = yuvEncodingOf({}, width, height).matrix === 'bt709' ? AVCOL_SPC_BT709 : AVCOL_SPC_BT470BG;
}

function headerOf(frame: Frame, seconds: number): FrameHeader {
  const { matrix, fullRange } = colorSpaceOf(frame);
  return { seconds, matrix: matrix ?? undefined, fullRange: fullRange ?? undefined };
}
