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
import { avGetPixFmtName, type Frame } from 'node-av/lib';
import { colorSpaceOf } from './ffmpeg-names-node.ts';
import type { FrameHeader } from './media-host-protocol.ts';
import { FrameScaler, PlanePacker, type DecodedPicture, type FrameConverter } from './ffmpeg-scaler-node.ts';
import { hasFullColor } from './pixel-formats.ts';
import { yuvEncodingOf } from '../tensor/yuv-encoding.ts';

/** Turns the frames of a track into pictures of one size. */
export class PictureConverter implements FrameConverter {
  readonly #size: { width: number; height: number };
  readonly #toI420 = new FrameScaler();
  readonly #toRgba = new FrameScaler('bicubic+accurate_rnd+full_chroma_int+full_chroma_inp');
  readonly #i420: PlanePacker;
  readonly #rgba: PlanePacker;

  constructor(width: number, height: number) {
    this.#size = { width, height };
    const chroma = { rowBytes: (width + 1) >> 1, rows: (height + 1) >> 1 };
    this.#i420 = new PlanePacker([{ rowBytes: width, rows: height }, chroma, chroma]);
    this.#rgba = new PlanePacker([{ rowBytes: 4 * width, rows: height }]);
  }

  async convert(frame: Frame, seconds: number): Promise<DecodedPicture> {
    const formatName = avGetPixFmtName(frame.format as AVPixelFormat) ?? '';
    if (frame.colorSpace === AVCOL_SPC_RGB || hasFullColor(formatName)) {
      if (formatName.startsWith('yuv')) completeMatrix(frame, this.#size.width, this.#size.height);
      using rgba = await this.#toRgba.convert(frame, {
        ...this.#size,
        format: AV_PIX_FMT_RGBA,
        colorSpace: AVCOL_SPC_RGB,
        colorRange: AVCOL_RANGE_JPEG,
      });
      return this.#rgba.pack(rgba, { seconds, isRgba: true });
    }
    const { colorSpace } = frame;
    const colorRange = formatName.startsWith('yuvj') ? AVCOL_RANGE_JPEG : frame.colorRange;
    if (!this.#fits(frame)) {
      const kind = { ...this.#size, format: AV_PIX_FMT_YUV420P, colorSpace, colorRange };
      using i420 = await this.#toI420.convert(frame, kind);
      return this.#i420.pack(i420, headerOf(i420, seconds));
    }
    const { matrix, fullRange } = headerOf(frame, seconds);
    const isFull = colorRange === AVCOL_RANGE_JPEG ? true : fullRange;
    return this.#i420.pack(frame, { seconds, matrix, fullRange: isFull });
  }

  #fits({ format, width, height, linesize }: Frame): boolean {
    const isI420 = format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P;
    const isUpsideDown = linesize[0] < 0;
    return isI420 && width === this.#size.width && height === this.#size.height && !isUpsideDown;
  }

  [Symbol.dispose](): void {
    this.#toI420[Symbol.dispose]();
    this.#toRgba[Symbol.dispose]();
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
