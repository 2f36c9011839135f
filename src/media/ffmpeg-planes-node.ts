// Decoded frames of any format as the planes of one format, at their stored size, in the media process: nothing is lost or resampled.
import { AVCOL_RANGE_JPEG, AVCOL_SPC_RGB, type AVPixelFormat } from 'node-av/constants';
import { avGetPixFmtFromName, avGetPixFmtName, type Frame } from 'node-av/lib';
import { bytesPerSample, planeSizes, type PictureFormat } from '../tensor/picture.ts';
import { FrameScaler, PlanePacker, type DecodedPicture, type FrameConverter } from './ffmpeg-scaler-node.ts';
import { pixelFormatOf } from './pixel-formats.ts';

/** Turns the frames of a track into planes. Frames of another size or format, as some files have them on the way, are converted. */
export class PlaneConverter implements FrameConverter {
  readonly #name: string;
  readonly #format: AVPixelFormat;
  readonly #isRgb: boolean;
  readonly #width: number;
  readonly #height: number;
  readonly #packer: PlanePacker;
  // Values are only arranged anew: where they have to be rounded, without a pattern that would be new in each frame.
  readonly #scaler = new FrameScaler('bicubic+accurate_rnd+full_chroma_int+full_chroma_inp');

  /** @param format - planes, not RGBA. */
  constructor(format: PictureFormat, width: number, height: number) {
    this.#name = pixelFormatOf(format);
    this.#format = avGetPixFmtFromName(this.#name);
    this.#isRgb = format.colors === 'rgb';
    this.#width = width;
    this.#height = height;
    const bytes = bytesPerSample(format);
    const sizes = planeSizes(format, width, height);
    this.#packer = new PlanePacker(sizes.map((size) => ({ rowBytes: size.width * bytes, rows: size.height })));
  }

  async convert(frame: Frame, seconds: number): Promise<DecodedPicture> {
    if (this.#fits(frame)) return this.#packer.pack(frame, { seconds });
    const isJpeg = (avGetPixFmtName(frame.format as AVPixelFormat) ?? '').startsWith('yuvj');
    using planes = await this.#scaler.convert(frame, {
      width: this.#width,
      height: this.#height,
      format: this.#format,
      colorSpace: this.#isRgb ? AVCOL_SPC_RGB : frame.colorSpace,
      colorRange: this.#isRgb || isJpeg ? AVCOL_RANGE_JPEG : frame.colorRange,
    });
    return this.#packer.pack(planes, { seconds });
  }

  #fits({ format, width, height, linesize }: Frame): boolean {
    const name = (avGetPixFmtName(format as AVPixelFormat) ?? '').replace('yuvj', 'yuv');
    const isUpsideDown = linesize[0] < 0;
    return name === this.#name && width === this.#width && height === this.#height && !isUpsideDown;
  }

  [Symbol.dispose](): void {
    this.#scaler[Symbol.dispose]();
  }
}
