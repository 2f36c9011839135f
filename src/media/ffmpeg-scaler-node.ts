// Frames of any format, size and depth → frames of one kind, by FFmpeg's scaler; and out of frames, their planes without padding.
import { FFmpegError, Frame, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { FrameHeader } from './media-host-protocol.ts';

/** A decoded frame. */
export interface DecodedPicture {
  header: FrameHeader;
  /** Its planes, one after another. */
  pixels: Buffer<ArrayBuffer>;
  /** Takes the memory of the planes back for later pictures. */
  release: () => void;
}

/** Turns the frames of a track into pictures of one kind. */
export interface FrameConverter extends Disposable {
  /** Returns the picture of a frame, which stays the caller's. */
  convert(frame: Frame, seconds: number): Promise<DecodedPicture>;
}

/** What a frame is converted to. */
export type FrameKind = Pick<Frame, 'width' | 'height' | 'format' | 'colorSpace' | 'colorRange'>;

/** Converts frames. */
export class FrameScaler implements Disposable {
  readonly #context = new SoftwareScaleContext();

  /** @param flags - the scaler's, where other than the usual ones are wanted. */
  constructor(flags?: string) {
    this.#context.allocContext();
    if (flags !== undefined) {
      FFmpegError.throwIfError(this.#context.setOption('sws_flags', flags), 'set up a conversion');
    }
  }

  /** Returns a new frame. Primaries and transfer are kept: only the arrangement of the values changes. */
  async convert(source: Frame, kind: FrameKind): Promise<Frame> {
    const target = new Frame();
    try {
      target.alloc();
      Object.assign(target, kind);
      target.sampleAspectRatio = new Rational(1, 1);
      target.colorPrimaries = source.colorPrimaries;
      target.colorTrc = source.colorTrc;
      FFmpegError.throwIfError(target.allocBuffer(), 'allocate a frame');
      // Without a fixed configuration the scaler takes sizes, formats and color from the frames.
      FFmpegError.throwIfError(await this.#context.scaleFrame(target, source), 'convert a frame');
      return target;
    } catch (error) {
      target.free();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#context.freeContext();
  }
}

/** How a plane lies in memory: bytes of a row, and rows. */
export interface PlaneRows {
  rowBytes: number;
  rows: number;
}

/** Copies planes out of frames, without padding, one after another. */
export class PlanePacker {
  readonly #planes: readonly PlaneRows[];
  readonly #length: number;
  /** New memory for every picture would take longer to get than to fill. */
  readonly #free: Buffer<ArrayBuffer>[] = [];

  constructor(planes: readonly PlaneRows[]) {
    this.#planes = planes;
    this.#length = planes.reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0);
  }

  /** Returns the planes of a frame, in the order in which it has them. */
  pack(frame: Frame, header: FrameHeader): DecodedPicture {
    const pixels = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#length);
    let position = 0;
    for (const [index, { rowBytes, rows }] of this.#planes.entries()) {
      const plane = frame.data![index];
      const stride = frame.linesize[index];
      for (let row = 0; row < rows; row++, position += rowBytes) {
        plane.copy(pixels, position, row * stride, row * stride + rowBytes);
      }
    }
    return { header, pixels, release: () => void this.#free.push(pixels) };
  }
}
