// How much disk space a job needs, known before anything is drawn: for its output, and for what it keeps until that is complete.
import { windowCount, windowSizes } from './face-windows.ts';
import type { LipsyncModel } from './lipsync-model.ts';

/** Bytes of H.264 per pixel of a frame at {@link REFERENCE_QUALITY}, a generous estimate. */
const BYTES_PER_PIXEL = 0.05;
const REFERENCE_QUALITY = 17;

/** Constant quality doubles the bytes with every so many steps of quality, up to those of the bare picture. */
const QUALITY_STEPS = 6;

/** Bytes of AAC per second, stereo. */
const SOUND_BYTES_PER_SECOND = 40e3;

/** Windows that are kept beyond those of the open segment: the one before it, and one that is drawn while it is completed. */
const MORE_WINDOWS = 2;

/** What {@link requiredDisk} depends on. */
export interface RequiredDiskOptions {
  model: Pick<LipsyncModel, 'defaults'>;
  video: { width: number; height: number };
  /** Bytes of a picture that is not encoded. */
  bareBytes: number;
  /** Frames of the output, and of one of its segments. */
  frames: number;
  segmentFrames: number;
  /** Faces that are drawn in a frame, at most. */
  faces: number;
  durationSeconds: number;
  quality: number;
  /** Whether pictures take as much as bare ones: without loss, or each encoded by itself. */
  isBulky: boolean;
  reference: boolean;
}

/** Bytes that a job writes. */
export interface RequiredDisk {
  output: number;
  /** The most that the journal holds: all segments, or those that are finished and the windows of the open one. */
  journal: number;
}

/** Returns about how many bytes of disk space a job needs. Those of the journal are free again when the output is complete. */
export function requiredDisk(options: RequiredDiskOptions): RequiredDisk {
  const { model, video, bareBytes, frames, segmentFrames, faces, durationSeconds, quality, isBulky, reference } =
    options;
  const scale = 2 ** ((REFERENCE_QUALITY - quality) / QUALITY_STEPS);
  const encodedBytes = video.width * video.height * BYTES_PER_PIXEL * scale;
  const pictures = frames * (isBulky ? bareBytes : Math.min(bareBytes, encodedBytes));
  const sizes = windowSizes(model, reference);
  const faceBytes = 3 * model.defaults.resolution ** 2 * (reference ? Float32Array.BYTES_PER_ELEMENT : 1);
  const windows = windowCount(Math.min(frames, segmentFrames), sizes) + MORE_WINDOWS;
  return {
    output: pictures + durationSeconds * SOUND_BYTES_PER_SECOND,
    journal: pictures + faces * windows * sizes.windowFrames * faceBytes,
  };
}
